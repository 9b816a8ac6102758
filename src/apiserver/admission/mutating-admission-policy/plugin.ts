// MutatingAdmissionPolicies in force. Source: k8s.io/apiserver pkg/admission/plugin/policy/{generic/policy_dispatcher,mutating/dispatcher}.go.
import { ignoresFailures } from '../../policies/failure-policy.ts'
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '../../../api/admissionregistration/v1.ts'
import type { KubeObject } from '../../../api/object.ts'
import { schema } from '../../../api/schema.ts'
import { ApiError, type StatusReason } from '../../../apimachinery/api-error.ts'
import { DecodeError } from '../../../apimachinery/codec/codec.ts'
import { jsonEqual } from '../../../apimachinery/json-equal.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import { deduced, SchemaTypes } from '../../../apimachinery/managedfields/type-view.ts'
import { OutOfBudget } from '../../../cel/kubernetes/admission/evaluation.ts'
import type { AskAccess } from '../../../cel/kubernetes/library/authorizer.ts'
import { matchConditionsCostBudget, policyCostBudget } from '../../../cel/kubernetes/limits.ts'
import type { Authorizer } from '../../authz/authorizer.ts'
import { askAs } from '../../expressions/access.ts'
import { admissionRequestOf } from '../../expressions/admission-request.ts'
import type { CelMetrics, MutatingPolicyMetrics } from '../../metrics/policy-metrics.ts'
import { newEvaluation, type Seen } from '../../policies/evaluation.ts'
import { evaluateConditions } from '../../policies/match-conditions.ts'
import { collectParams, ConfigurationError, type FindParams, paramStoreOf } from '../../policies/params.ts'
import { type PolicyHook, PolicyHooks } from '../../policies/policy-hooks.ts'
import { isPolicyResource } from '../../policies/policy-resource.ts'
import type { TypedObjects } from '../../policies/typed-object.ts'
import type { VersionedLister } from '../../registry/generic/store-lister.ts'
import type { Match, RequestMatcher } from '../../rules/request-matcher.ts'
import type { Clock } from '../../../util/clock.ts'
import type { MutatingAttributes, MutationPlugin } from '../admission.ts'
import { refuse } from '../refuse.ts'
import type { Reinvocation } from '../reinvocation.ts'
import { type CompiledPolicy, compilePolicy } from './compile.ts'
import { mutated, MutationError } from './mutate.ts'

type Hook = PolicyHook<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, CompiledPolicy>

export interface MutatingPolicyDependencies {
  readonly policies: VersionedLister<MutatingAdmissionPolicy>
  readonly bindings: VersionedLister<MutatingAdmissionPolicyBinding>
  readonly findParams: FindParams
  readonly matcher: RequestMatcher
  readonly objects: TypedObjects
  readonly authorizer: Authorizer
  readonly metrics: MutatingPolicyMetrics
  readonly cel: CelMetrics
  readonly clock: Pick<Clock, 'monotonic'>
}

/** A policy with one of its bindings and one of the parameters that it gives. */
interface Invocation {
  readonly hook: Hook
  readonly binding: MutatingAdmissionPolicyBinding
  readonly param: KubeObject | undefined
  readonly match: Match
}

/** What keeps a policy from being followed; `reason` '': the usual one of a refusal. */
interface Failure {
  readonly policy: string
  readonly binding?: string
  readonly message: string
  readonly reason: StatusReason
}

const pluginName = 'MutatingAdmissionPolicy'
const types = new SchemaTypes(schema)

function errorOf(attributes: MutatingAttributes, failures: readonly Failure[]): ApiError {
  const messages = failures.map(({ policy, binding, message }) =>
    binding === undefined ? `policy '${policy}' denied request: ${message}` : `policy '${policy}' with binding '${binding}' denied request: ${message}`,
  )
  const { details } = refuse(attributes, '')
  return new ApiError(failures[0]!.reason, messages[0]!, { code: 403, details: { ...details, causes: messages.map((message) => ({ message })) } })
}

const keyOf = ({ hook, binding, param }: Invocation) =>
  JSON.stringify([hook.policy.metadata.name, binding.metadata.name, param?.metadata.namespace ?? '', param?.metadata.name ?? ''])

export function newMutatingAdmissionPolicy(dependencies: MutatingPolicyDependencies): MutationPlugin {
  const { policies, bindings, findParams, matcher, objects, authorizer, metrics, cel, clock } = dependencies
  const hooks = new PolicyHooks({ policies, bindings, compile: compilePolicy, compilation: cel.compilation, clock })

  /** Who is to be asked, as the request is now. */
  async function invocationsOf(attributes: MutatingAttributes, hook: Hook, failures: Failure[]): Promise<readonly Invocation[]> {
    const { policy } = hook
    const match = matcher.match(policy.spec?.matchConstraints ?? {}, attributes)
    if (!match) return []
    const failed = (error: unknown, binding?: string): readonly Invocation[] => {
      if (!(error instanceof ConfigurationError)) throw error
      const message = `failed to configure ${binding === undefined ? 'policy' : 'binding'}: ${error.message}`
      if (!ignoresFailures(policy.spec))
        failures.push({ policy: policy.metadata.name, ...(binding === undefined ? {} : { binding }), message, reason: 'Forbidden' })
      return []
    }
    try {
      const store = policy.spec?.paramKind && (await paramStoreOf(policy.spec.paramKind, findParams))
      return hook.bindings.flatMap((binding) => {
        const { matchResources, paramRef } = binding.spec ?? {}
        if (matchResources && !matcher.match(matchResources, attributes)) return []
        try {
          return collectParams(store, paramRef, attributes.namespace).map((param) => ({ hook, binding, param, match }))
        } catch (error) {
          return failed(error, binding.metadata.name)
        }
      })
    } catch (error) {
      return failed(error)
    }
  }

  /** Follows one policy. @returns what went wrong */
  async function follow(attributes: MutatingAttributes, { hook, binding, param, match }: Invocation, ask: AskAccess): Promise<readonly string[]> {
    const compiled = await hook.compiled()
    const seen = (): Seen => ({
      attributes,
      request: admissionRequestOf(attributes, match),
      object: attributes.object as KubeObject,
      oldObject: attributes.oldObject,
      namespace: matcher.namespaceOf(attributes as MutatingAttributes & { object: KubeObject }),
      params: param,
      ask,
    })
    if (compiled.conditions.length > 0) {
      const evaluation = newEvaluation(seen(), matchConditionsCostBudget, compiled.variables)
      const result = await evaluateConditions(compiled.conditions, evaluation, compiled.ignoreFailures)
      if ('error' in result) return [result.error]
      if (!result.matches) return []
    }
    const errors: string[] = []
    for (const mutation of compiled.mutations) {
      const fromMs = clock.monotonic()
      const error = await apply(attributes, seen(), compiled, mutation)
      const seconds = (clock.monotonic() - fromMs) / 1000
      cel.evaluation.observe(seconds)
      metrics.mutated(hook.policy.metadata.name, binding.metadata.name, error, seconds)
      if (error !== undefined) errors.push(error)
    }
    return errors
  }

  async function apply(
    attributes: MutatingAttributes,
    seen: Seen,
    { variables }: CompiledPolicy,
    mutation: CompiledPolicy['mutations'][number],
  ): Promise<string | undefined> {
    const object = attributes.object!
    const type = objects.typeOf(attributes.resource, attributes.subresource)
    try {
      const result = await newEvaluation(seen, policyCostBudget, variables).run(mutation.expression)
      if ('error' in result) return result.error
      const next = mutated(mutation, result.value, object as unknown as JsonObject, type ? types.root(type) : deduced)
      if (next !== (object as unknown)) objects.replace(object, next, attributes)
      return undefined
    } catch (error) {
      if (error instanceof MutationError || error instanceof OutOfBudget || error instanceof DecodeError) return error.message
      throw error
    }
  }

  async function mutate(attributes: MutatingAttributes, round: Reinvocation, current: readonly Hook[]): Promise<void> {
    const failures: Failure[] = []
    const invocations: Invocation[] = []
    for (const hook of current) invocations.push(...(await invocationsOf(attributes, hook, failures)))
    if (attributes.object && invocations.length > 0) await followAll(attributes, round, invocations, failures)
    if (failures.length > 0) throw errorOf(attributes, failures)
  }

  async function followAll(attributes: MutatingAttributes, round: Reinvocation, invocations: readonly Invocation[], failures: Failure[]): Promise<void> {
    const ask = askAs(authorizer, attributes.user)
    const object = attributes.object as KubeObject
    const memory = round.memoryOf(pluginName)
    if (round.isSecondRound && memory.isOutputChanged(object)) memory.changed()
    for (const invocation of invocations) {
      const { policy } = invocation.hook
      const key = keyOf(invocation)
      if (round.isSecondRound && !memory.mayInvokeAgain(key)) continue
      const before = objects.copy(object)
      const errors = await follow(attributes, invocation, ask)
      const [name, binding] = [policy.metadata.name, invocation.binding.metadata.name]
      if (!ignoresFailures(policy.spec)) failures.push(...errors.map((message) => ({ policy: name, binding, message, reason: 'Invalid' as const })))
      if (!jsonEqual(before, object)) {
        memory.changed()
        round.request()
      }
      if (policy.spec?.reinvocationPolicy === 'IfNeeded') memory.invoked(key)
    }
    memory.remember(objects.copy(object))
  }

  return {
    name: pluginName,
    handles: () => true,
    inputs: ({ resource }) => hooks.inputsFor(resource.plural),
    admit(attributes, round) {
      const current = hooks.current()
      if (current.length === 0 || isPolicyResource(attributes)) return undefined
      return mutate(attributes, round, current)
    },
  }
}
