// PodSecurity: holds pods to the Pod Security Standard that their namespace's labels name, and tells whoever creates a workload
// or changes the labels what would be refused. Source: k8s.io/pod-security-admission admission/admission.go.
import type { Namespace, Pod } from '../../../api/core/v1.ts'
import { newInvalid } from '../../../apimachinery/field-errors.ts'
import { internalError } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { Clock } from '../../../util/clock.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'
import type { CheckedPod } from './control.ts'
import { details, violations } from './evaluate.ts'
import { checked, isSignificantUpdate, templateOf, workloads } from './pod-of.ts'
import type { PodSecurityConfiguration } from './configuration.ts'
import { warningsForPods } from './existing-pods.ts'
import { formatLevel, isStricter, labelPrefix, type LevelVersion, parsePolicy, type Policy, sameLevel } from './policy.ts'

export interface PodSecurityDependencies {
  readonly namespaces: Pick<StoreLister<Namespace>, 'get'>
  readonly pods: Pick<StoreLister<Pod>, 'inNamespace'>
  readonly configuration: PodSecurityConfiguration
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
}

const ignoredSubresources: ReadonlySet<string> = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'])

async function validateNamespace(attributes: ValidatingAttributes, { pods, configuration, clock }: PodSecurityDependencies): Promise<void> {
  const namespace = attributes.object as Namespace
  const { policy, errors } = parsePolicy(namespace.metadata.labels, configuration.defaults)
  const refused = () => newInvalid({ group: '', kind: 'Namespace' }, namespace.metadata.name, errors)
  if (!attributes.oldObject) {
    if (errors.length) throw refused()
    return
  }
  const before = parsePolicy(attributes.oldObject.metadata.labels, configuration.defaults)
  if (errors.length && JSON.stringify(errors) !== JSON.stringify(before.errors)) throw refused()
  const [now, old] = [policy.enforce, before.policy.enforce]
  if (sameLevel(now, old) || now.level === 'privileged' || (now.minor === old.minor && !isStricter(now.level, old.level))) return
  if (configuration.exemptions.namespaces.has(namespace.metadata.name)) return
  const { name } = namespace.metadata
  const warnings = await warningsForPods(pods.inNamespace(name), { namespace: name, level: now, exempt: configuration.exemptions.runtimeClasses, clock })
  for (const warning of warnings) attributes.warn(warning)
}

/** @throws {ApiError} 403 when the pod is to be refused */
function evaluate(attributes: ValidatingAttributes, policy: Policy, pod: CheckedPod, enforce: boolean): void {
  // Modes mostly share a level.
  const known = new Map<string, string>()
  const violate = (level: LevelVersion) => {
    const name = formatLevel(level)
    const before = known.get(name)
    if (before !== undefined) return before
    const found = violations(level, pod)
    const text = found.length ? `violate PodSecurity ${goQuote(name)}: ${details(found)}` : ''
    known.set(name, text)
    return text
  }
  const note = (key: string, value: string) => attributes.annotate(labelPrefix + key, value)
  if (enforce) note('enforce-policy', formatLevel(policy.enforce))
  const audited = violate(policy.audit)
  if (audited) note('audit-violations', `would ${audited}`)
  const refused = enforce ? violate(policy.enforce) : ''
  if (refused) throw refuse(attributes, refused.replace('violate', 'violates'))
  const warned = violate(policy.warn)
  if (warned) attributes.warn(`would ${warned}`)
}

export function newPodSecurity(deps: PodSecurityDependencies): AdmissionPlugin {
  const { configuration } = deps
  const { namespaces, usernames, runtimeClasses } = configuration.exemptions

  const exemption = ({ namespace, user }: ValidatingAttributes) => (namespaces.has(namespace) ? 'namespace' : usernames.has(user.name) ? 'user' : undefined)

  function validatePod(attributes: ValidatingAttributes, isPod: boolean): void {
    const exempt = exemption(attributes)
    if (exempt) return attributes.annotate(`${labelPrefix}exempt`, exempt)
    const namespace = deps.namespaces.get(attributes.namespace)
    if (!namespace) throw internalError(`failed to lookup namespace ${attributes.namespace}`)
    const { policy, errors } = parsePolicy(namespace.metadata.labels, configuration.defaults)
    const relevant = isPod ? [policy.enforce, policy.warn, policy.audit] : [policy.warn, policy.audit]
    if (errors.length === 0 && relevant.every(({ level }) => level === 'privileged')) return
    const { object, oldObject, operation } = attributes
    if (isPod && operation === 'UPDATE' && !isSignificantUpdate(object as Pod, oldObject as Pod)) return
    const pod = isPod ? checked(object as Pod) : templateOf(object!)
    if (!pod) return
    if (runtimeClasses.has(pod.spec.runtimeClassName ?? '')) return attributes.annotate(`${labelPrefix}exempt`, 'runtimeClass')
    if (errors.length) attributes.annotate(`${labelPrefix}error`, `Failed to parse policy: ${errors.map(({ detail }) => detail).join(', ')}`)
    evaluate(attributes, policy, pod, isPod)
  }

  return {
    name: 'PodSecurity',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    inputs: ({ namespace }) => [() => deps.namespaces.get(namespace)],
    validate(attributes) {
      const { resource, subresource } = attributes
      if (concerns(attributes, 'namespaces')) return validateNamespace(attributes, deps)
      if (resource.group === '' && resource.plural === 'pods') return ignoredSubresources.has(subresource) ? undefined : validatePod(attributes, true)
      const id = resource.group ? `${resource.group}/${resource.plural}` : resource.plural
      if (!subresource && workloads.has(id)) validatePod(attributes, false)
    },
  }
}
