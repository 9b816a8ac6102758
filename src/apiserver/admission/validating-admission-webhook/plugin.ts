// ValidatingWebhookConfigurations in force: all webhooks that a request is for are asked at once.
// Source: k8s.io/apiserver pkg/admission/plugin/webhook/validating/dispatcher.go.
import type { ValidatingWebhookConfiguration } from '../../../api/admissionregistration/v1.ts'
import type { Logger } from '../../../component-base/logger.ts'
import { isAdmissionResource } from '../../policies/policy-resource.ts'
import type { VersionedLister } from '../../registry/generic/store-lister.ts'
import { askWebhook } from '../../webhook/admission/ask.ts'
import { CallingWebhookError } from '../../webhook/admission/call-errors.ts'
import type { WebhookCaller } from '../../webhook/admission/caller.ts'
import { type Hook, type HookSelectionDependencies, type Invocation, invocationOf, WebhookHooks } from '../../webhook/admission/hooks.ts'
import { type Measuring, measured } from '../../webhook/admission/measured.ts'
import type { ValidatingAttributes, ValidationPlugin } from '../admission.ts'

export interface ValidatingWebhookDependencies extends HookSelectionDependencies, Measuring {
  readonly configurations: VersionedLister<ValidatingWebhookConfiguration>
  readonly caller: WebhookCaller
  readonly logger: Logger
}

const failedOpen = 'failed-open.validating.webhook.admission.k8s.io/'

export function newValidatingAdmissionWebhook(dependencies: ValidatingWebhookDependencies): ValidationPlugin {
  const { configurations, caller, logger } = dependencies
  const hooks = new WebhookHooks(configurations)

  async function ask(attributes: ValidatingAttributes, invocation: Invocation, index: number): Promise<void> {
    const { hook } = invocation
    try {
      await measured(dependencies, 'validating', hook, attributes, () => askWebhook(caller, invocation, attributes, false))
    } catch (error) {
      if (!(error instanceof CallingWebhookError)) throw error
      if (!hook.ignoreFailures) throw error.toApiError()
      logger.warn('A webhook could not be asked, and the request passes', { webhook: hook.webhook.name, reason: error.message })
      attributes.annotate(`${failedOpen}round_0_index_${index}`, hook.webhook.name)
    }
  }

  async function validateAll(attributes: ValidatingAttributes, current: readonly Hook[]): Promise<void> {
    const invocations: Invocation[] = []
    for (const hook of current) {
      const invocation = await invocationOf(hook, attributes, dependencies)
      if (invocation) invocations.push(invocation)
    }
    // The first that says no is the answer; the others are not waited for longer than that, but their errors are theirs.
    await Promise.all(invocations.map((invocation, index) => ask(attributes, invocation, index)))
  }

  return {
    name: 'ValidatingAdmissionWebhook',
    handles: () => true,
    inputs: ({ resource }) => hooks.inputsFor(resource.plural),
    validate(attributes) {
      const current = hooks.current()
      return current.length === 0 || isAdmissionResource(attributes) ? undefined : validateAll(attributes, current)
    },
  }
}
