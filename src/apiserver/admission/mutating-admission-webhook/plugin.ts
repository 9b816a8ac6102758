// MutatingWebhookConfigurations in force: webhooks are asked one after the other, each sees what those before it have changed.
// Source: k8s.io/apiserver pkg/admission/plugin/webhook/mutating/dispatcher.go.
import type { MutatingWebhookConfiguration } from '../../../api/admissionregistration/v1.ts'
import type { KubeObject } from '../../../api/object.ts'
import { ApiError, internalError } from '../../../apimachinery/api-error.ts'
import { DecodeError } from '../../../apimachinery/codec/codec.ts'
import { goJson, goQuote } from '../../../apimachinery/go-quote.ts'
import { isObject, jsonEqual } from '../../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../../apimachinery/json-value.ts'
import { applyJsonPatch } from '../../../apimachinery/patch/json-patch.ts'
import type { Logger } from '../../../component-base/logger.ts'
import { isAdmissionResource } from '../../policies/policy-resource.ts'
import type { TypedObjects } from '../../policies/typed-object.ts'
import type { VersionedLister } from '../../registry/generic/store-lister.ts'
import { askWebhook } from '../../webhook/admission/ask.ts'
import { CallingWebhookError } from '../../webhook/admission/call-errors.ts'
import type { WebhookCaller } from '../../webhook/admission/caller.ts'
import { type Hook, type HookSelectionDependencies, type Invocation, invocationOf, WebhookHooks } from '../../webhook/admission/hooks.ts'
import { type Measuring, measured } from '../../webhook/admission/measured.ts'
import type { MutatingAttributes, MutationPlugin } from '../admission.ts'
import type { Reinvocation } from '../reinvocation.ts'

export interface MutatingWebhookDependencies extends HookSelectionDependencies, Measuring {
  readonly configurations: VersionedLister<MutatingWebhookConfiguration>
  readonly caller: WebhookCaller
  readonly objects: TypedObjects
  readonly logger: Logger
}

const pluginName = 'MutatingAdmissionWebhook'
const failedOpen = 'failed-open.mutating.webhook.admission.k8s.io/'
const mutation = 'mutation.webhook.admission.k8s.io/'

/** @throws {ApiError} 500 for a patch that is none or cannot be applied */
function patched(object: JsonObject, patch: string): JsonObject {
  try {
    const result = applyJsonPatch(object, JSON.parse(patch) as JsonValue)
    if (!isObject(result)) throw new Error('the patch leaves no object')
    return result
  } catch (error) {
    throw internalError(error)
  }
}

export function newMutatingAdmissionWebhook(dependencies: MutatingWebhookDependencies): MutationPlugin {
  const { configurations, caller, objects, logger } = dependencies
  const hooks = new WebhookHooks(configurations)

  /** @returns whether the object is another now. @throws {ApiError} @throws {CallingWebhookError} */
  async function ask(attributes: MutatingAttributes, invocation: Invocation, place: string): Promise<boolean> {
    const { webhook, configuration } = invocation.hook
    const { patch } = await askWebhook(caller, invocation, attributes, true)
    const annotate = (mutated: boolean) => attributes.annotate(mutation + place, goJson({ configuration, webhook: webhook.name, mutated }))
    if (patch === undefined) {
      annotate(false)
      return false
    }
    const { object } = attributes
    if (!object) throw internalError(`admission webhook ${goQuote(webhook.name)} attempted to modify the object, which is not supported for this operation`)
    const before = objects.copy(object as KubeObject)
    try {
      objects.replace(object, patched(object as unknown as JsonObject, patch), attributes)
    } catch (error) {
      throw error instanceof DecodeError ? internalError(error) : error
    }
    const changed = !jsonEqual(before, object)
    annotate(changed)
    return changed
  }

  async function mutate(attributes: MutatingAttributes, round: Reinvocation, current: readonly Hook[]): Promise<void> {
    const memory = round.memoryOf(pluginName)
    if (round.isSecondRound && memory.isOutputChanged(attributes.object as KubeObject | undefined)) memory.changed()
    for (const [index, hook] of current.entries()) {
      const invocation = await invocationOf(hook, attributes as MutatingAttributes & { object: KubeObject | undefined }, dependencies)
      if (!invocation || (round.isSecondRound && !memory.mayInvokeAgain(hook.key))) continue
      const place = `round_${round.isSecondRound ? 1 : 0}_index_${index}`
      try {
        if (await measured(dependencies, 'admit', hook, attributes, () => ask(attributes, invocation, place))) {
          memory.changed()
          round.request()
        }
      } catch (error) {
        if (error instanceof ApiError || !(error instanceof CallingWebhookError)) throw error
        if (!hook.ignoreFailures) throw error.toApiError()
        logger.warn('A webhook could not be asked, and the request passes', { webhook: hook.webhook.name, reason: error.message })
        attributes.annotate(failedOpen + place, hook.webhook.name)
      }
      if (hook.webhook.reinvocationPolicy === 'IfNeeded') memory.invoked(hook.key)
    }
    memory.remember(attributes.object && objects.copy(attributes.object as KubeObject))
  }

  return {
    name: pluginName,
    handles: () => true,
    inputs: ({ resource }) => hooks.inputsFor(resource.plural),
    admit(attributes, round) {
      const current = hooks.current()
      return current.length === 0 || isAdmissionResource(attributes) ? undefined : mutate(attributes, round, current)
    },
  }
}
