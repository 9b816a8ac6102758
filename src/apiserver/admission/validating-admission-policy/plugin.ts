// ValidatingAdmissionPolicies in force. Source: k8s.io/apiserver pkg/admission/plugin/policy/validating/dispatcher.go.
import { ignoresFailures } from '../../policies/failure-policy.ts'
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../api/admissionregistration/v1.ts'
import { ApiError, type StatusReason } from '../../../apimachinery/api-error.ts'
import { goJson } from '../../../apimachinery/go-quote.ts'
import type { Authorizer } from '../../authz/authorizer.ts'
import { askAs } from '../../expressions/access.ts'
import { admissionRequestOf } from '../../expressions/admission-request.ts'
import type { CelMetrics, EnforcementAction, PolicyMetrics } from '../../metrics/policy-metrics.ts'
import type { Seen } from '../../policies/evaluation.ts'
import { collectParams, ConfigurationError, type FindParams, type ParamStore, paramStoreOf } from '../../policies/params.ts'
import { type PolicyHook, PolicyHooks } from '../../policies/policy-hooks.ts'
import { isPolicyResource } from '../../policies/policy-resource.ts'
import type { VersionedLister } from '../../registry/generic/store-lister.ts'
import type { Equivalents } from '../../rules/equivalents.ts'
import type { RequestMatcher } from '../../rules/request-matcher.ts'
import type { Clock } from '../../../util/clock.ts'
import type { ValidatingAttributes, ValidationPlugin } from '../admission.ts'
import { refuse } from '../refuse.ts'
import { AnnotationCollector } from './annotation-collector.ts'
import { type CompiledPolicy, compilePolicy } from './compile.ts'
import { type Denial, validateRequest } from './validate.ts'

type Hook = PolicyHook<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, CompiledPolicy>

export interface ValidatingPolicyDependencies {
  readonly policies: VersionedLister<ValidatingAdmissionPolicy>
  readonly bindings: VersionedLister<ValidatingAdmissionPolicyBinding>
  readonly findParams: FindParams
  readonly matcher: RequestMatcher
  readonly equivalents: Equivalents
  readonly authorizer: Authorizer
  readonly metrics: PolicyMetrics
  readonly cel: CelMetrics
  readonly clock: Pick<Clock, 'monotonic'>
}

/** A refusal as it will be said. */
interface Refusal {
  readonly message: string
  readonly reason: StatusReason
  /** undefined: of the policy itself. */
  readonly binding: string | undefined
}

const failureKey = 'validation.policy.admission.k8s.io/validation_failure'

function errorOf(attributes: ValidatingAttributes, policy: string, { binding, message, reason }: Refusal): ApiError {
  const text = `ValidatingAdmissionPolicy '${policy}' ${binding === undefined ? '' : `with binding '${binding}' `}denied request: ${message}`
  const forbidden = refuse(attributes, text)
  return new ApiError(reason, forbidden.message, { details: { ...forbidden.details, causes: [{ message: text }] } })
}

/** Does what a binding says is to be done with a denial. @returns the refusal, if it says so */
function act(attributes: ValidatingAttributes, policy: string, binding: ValidatingAdmissionPolicyBinding, denial: Denial): readonly Refusal[] {
  const { message, reason, index: expressionIndex } = denial
  const { name } = binding.metadata
  const validationActions = binding.spec?.validationActions ?? []
  if (validationActions.includes('Warn')) {
    attributes.warn(`Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${name}': ${message}`)
  }
  if (validationActions.includes('Audit')) attributes.annotate(failureKey, goJson([{ message, policy, binding: name, expressionIndex, validationActions }]))
  return validationActions.includes('Deny') ? [{ binding: name, message, reason }] : []
}

export function newValidatingAdmissionPolicy(dependencies: ValidatingPolicyDependencies): ValidationPlugin {
  const { policies, bindings, findParams, matcher, equivalents, authorizer, metrics, cel, clock } = dependencies
  const hooks = new PolicyHooks({ policies, bindings, compile: compilePolicy, compilation: cel.compilation, clock })

  /** @returns what follows from a policy that is not configured well. @throws anything else */
  function misconfigured({ policy }: Hook, error: unknown, binding?: string): readonly Refusal[] {
    if (!(error instanceof ConfigurationError)) throw error
    if (ignoresFailures(policy.spec)) return []
    return [{ binding, message: `failed to configure ${binding === undefined ? 'policy' : 'binding'}: ${error.message}`, reason: 'Invalid' }]
  }

  /** @param seen of the request, without what the binding brings */
  async function askWithBinding(
    hook: Hook,
    binding: ValidatingAdmissionPolicyBinding,
    params: ParamStore | undefined,
    seen: Seen & { readonly attributes: ValidatingAttributes },
    annotations: AnnotationCollector,
  ): Promise<readonly Refusal[]> {
    const { attributes } = seen
    const { matchResources, paramRef } = binding.spec ?? {}
    if (matchResources && !matcher.match(matchResources, attributes)) return []
    const refusals: Refusal[] = []
    const counted = ({ message, ms }: { readonly message: string; readonly ms: number }, action: EnforcementAction) =>
      metrics.checked(hook.policy.metadata.name, binding.metadata.name, message, action, ms / 1000)
    try {
      const compiled = await hook.compiled()
      for (const param of collectParams(params, paramRef, attributes.namespace)) {
        const fromMs = clock.monotonic()
        const verdict = await validateRequest(compiled, { ...seen, params: param }, clock)
        cel.evaluation.observe((clock.monotonic() - fromMs) / 1000)
        for (const error of verdict.overlooked) counted(error, 'allow')
        for (const denial of verdict.denials) {
          for (const action of binding.spec?.validationActions ?? []) counted(denial, action.toLowerCase() as EnforcementAction)
          refusals.push(...act(attributes, hook.policy.metadata.name, binding, denial))
        }
        for (const message of verdict.annotationErrors) {
          counted({ message, ms: 0 }, 'deny')
          refusals.push({ binding: binding.metadata.name, message, reason: 'Invalid' })
        }
        for (const { key, value } of verdict.annotations) annotations.add(key, value)
      }
    } catch (error) {
      refusals.push(...misconfigured(hook, error, binding.metadata.name))
    }
    return refusals
  }

  async function ask(attributes: ValidatingAttributes, hook: Hook, access: Seen['ask']): Promise<readonly Refusal[]> {
    const { policy } = hook
    const match = matcher.match(policy.spec?.matchConstraints ?? {}, attributes)
    if (!match) return []
    const seen = {
      attributes,
      request: admissionRequestOf(attributes, match),
      object: attributes.object && equivalents.as(attributes.object, match.resource),
      oldObject: attributes.oldObject && equivalents.as(attributes.oldObject, match.resource),
      namespace: matcher.namespaceOf(attributes),
      ...(access ? { ask: access } : {}),
    }
    const annotations = new AnnotationCollector()
    const refusals: Refusal[] = []
    try {
      const params = policy.spec?.paramKind && (await paramStoreOf(policy.spec.paramKind, findParams))
      for (const binding of hook.bindings) refusals.push(...(await askWithBinding(hook, binding, params, seen, annotations)))
    } catch (error) {
      refusals.push(...misconfigured(hook, error))
    }
    annotations.publish(policy.metadata.name, attributes)
    return refusals
  }

  /** All policies are asked, also after a refusal, for what they warn of and note; the first refusal is the answer. */
  async function askAll(attributes: ValidatingAttributes, current: readonly Hook[]): Promise<void> {
    const access = askAs(authorizer, attributes.user)
    let error: ApiError | undefined
    for (const hook of current) {
      const [refusal] = await ask(attributes, hook, access)
      if (refusal) error ??= errorOf(attributes, hook.policy.metadata.name, refusal)
    }
    if (error) throw error
  }

  return {
    name: 'ValidatingAdmissionPolicy',
    handles: () => true,
    inputs: ({ resource }) => hooks.inputsFor(resource.plural),
    validate(attributes) {
      const current = hooks.current()
      return current.length === 0 || isPolicyResource(attributes) ? undefined : askAll(attributes, current)
    },
  }
}
