// PodSecurity: holds pods to the Pod Security Standard that their namespace's labels name, and tells whoever creates a workload
// or changes the labels what would be refused. Source: k8s.io/pod-security-admission admission/admission.go.
import type { Namespace, Pod } from '../../../api/core/v1.ts'
import { newInvalid } from '../../../apimachinery/field-errors.ts'
import { internalError } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'
import type { CheckedPod } from './control.ts'
import { details, reasons, violations } from './evaluate.ts'
import { checked, isSignificantUpdate, templateOf, workloads } from './pod-of.ts'
import { formatLevel, isStricter, labelPrefix, type LevelVersion, parsePolicy, type Policy, privileged, sameLevel } from './policy.ts'

/** What the cluster's administrator decides beside labels: pod-security.admission.config.k8s.io/v1 PodSecurityConfiguration. */
export interface PodSecurityConfiguration {
  readonly defaults: Policy
  readonly exemptions: { readonly namespaces: readonly string[]; readonly usernames: readonly string[]; readonly runtimeClasses: readonly string[] }
}

const unconfigured: PodSecurityConfiguration = {
  defaults: { enforce: privileged, audit: privileged, warn: privileged },
  exemptions: { namespaces: [], usernames: [], runtimeClasses: [] },
}

export interface PodSecurityDependencies {
  readonly namespaces: Pick<StoreLister<Namespace>, 'get'>
  readonly pods: Pick<StoreLister<Pod>, 'inNamespace'>
  readonly configuration?: PodSecurityConfiguration
}

/** How many pods are looked at when a namespace becomes stricter. */
const podsMax = 3000
const ignoredSubresources: ReadonlySet<string> = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'])

function validateNamespace(attributes: ValidatingAttributes, deps: PodSecurityDependencies, configuration: PodSecurityConfiguration): void {
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
  if (configuration.exemptions.namespaces.includes(namespace.metadata.name)) return
  for (const warning of warningsForPods(namespace.metadata.name, now, deps, configuration)) attributes.warn(warning)
}

/** What of the running pods a new level would refuse, those with the same reasons together. */
function warningsForPods(namespace: string, level: LevelVersion, { pods }: PodSecurityDependencies, { exemptions }: PodSecurityConfiguration): string[] {
  const all = pods.inNamespace(namespace)
  const byReasons = new Map<string, string[]>()
  for (const pod of all.slice(0, podsMax)) {
    if (exemptions.runtimeClasses.includes(pod.spec.runtimeClassName ?? '')) continue
    const why = reasons(violations(level, checked(pod)))
    if (why) byReasons.set(why, [...(byReasons.get(why) ?? []), pod.metadata.name])
  }
  const partly = `new PodSecurity enforce level only checked against the first ${podsMax} of ${all.length} existing pods`
  const warnings = all.length > podsMax ? [partly] : []
  if (byReasons.size) warnings.push(`existing pods in namespace ${goQuote(namespace)} violate the new PodSecurity enforce level ${goQuote(formatLevel(level))}`)
  const decorated = [...byReasons].map(([why, names]) => {
    const others = names.length - 1
    const rest = others === 0 ? '' : others === 1 ? ' (and 1 other pod)' : ` (and ${others} other pods)`
    return `${names.toSorted()[0]}${rest}: ${why}`
  })
  return [...warnings, ...decorated.toSorted()]
}

/** @throws {ApiError} 403 when the pod is to be refused */
function evaluate(attributes: ValidatingAttributes, policy: Policy, pod: CheckedPod, enforce: boolean): void {
  const violate = (level: LevelVersion) => {
    const found = violations(level, pod)
    return found.length ? `violate PodSecurity ${goQuote(formatLevel(level))}: ${details(found)}` : ''
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
  const configuration = deps.configuration ?? unconfigured
  const { namespaces, usernames, runtimeClasses } = configuration.exemptions

  const exemption = ({ namespace, user }: ValidatingAttributes) =>
    namespaces.includes(namespace) ? 'namespace' : usernames.includes(user.name) ? 'user' : undefined

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
    if (runtimeClasses.includes(pod.spec.runtimeClassName ?? '')) return attributes.annotate(`${labelPrefix}exempt`, 'runtimeClass')
    if (errors.length) attributes.annotate(`${labelPrefix}error`, `Failed to parse policy: ${errors.map(({ detail }) => detail).join(', ')}`)
    evaluate(attributes, policy, pod, isPod)
  }

  return {
    name: 'PodSecurity',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    validate(attributes) {
      const { resource, subresource } = attributes
      if (concerns(attributes, 'namespaces')) return validateNamespace(attributes, deps, configuration)
      if (resource.group === '' && resource.plural === 'pods') return ignoredSubresources.has(subresource) ? undefined : validatePod(attributes, true)
      const id = resource.group ? `${resource.group}/${resource.plural}` : resource.plural
      if (!subresource && workloads.has(id)) validatePod(attributes, false)
    },
  }
}
