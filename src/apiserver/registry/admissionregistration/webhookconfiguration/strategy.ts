// MutatingWebhookConfigurations and ValidatingWebhookConfigurations.
// Source: pkg/registry/admissionregistration/*webhookconfiguration/strategy.go, pkg/apis/admissionregistration/{v1/defaults.go,validation}.
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../../../api/admissionregistration/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { duplicate, type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { isDns1035Label } from '../../../../apimachinery/validation/names.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { validateFullyQualifiedName } from '../../../../apimachinery/validation/qualified-fields.ts'
import { flatMapSteps, type Steps } from '../../../../util/steps.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { invalidAll, oneOf } from '../../shared/pod-spec/invalid-values.ts'
import { matchDefaults, scopeDefaults, validateMatchConditions, validateRule } from '../validate-rules.ts'
import { validateClientConfig } from './validate-client.ts'

type Webhook = ValidatingWebhook & Partial<Pick<MutatingWebhook, 'reinvocationPolicy'>>

const reviewVersions = ['v1', 'v1beta1']
const timeoutSecondsMax = 30

function webhookDefaults(webhook: Mutable<ValidatingWebhook>): void {
  webhook.failurePolicy ??= 'Fail'
  matchDefaults(webhook)
  webhook.timeoutSeconds ??= 10
  scopeDefaults(webhook.rules)
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443
}

function validateReviewVersions(field: string, versions: readonly string[], anyVersion: boolean): readonly FieldError[] {
  if (versions.length === 0) return [required(field, `must specify one of ${reviewVersions.join(', ')}`)]
  const errors = versions.flatMap((version, i) =>
    versions.indexOf(version) < i ? [invalid(`${field}[${i}]`, version, 'duplicate version')] : invalidAll(`${field}[${i}]`, version, isDns1035Label(version)),
  )
  if (anyVersion || versions.some((version) => reviewVersions.includes(version))) return errors
  return [...errors, invalid(field, versions, `must include at least one of ${reviewVersions.join(', ')}`)]
}

function* validateWebhook(field: string, webhook: Webhook, anyVersion: boolean): Steps<readonly FieldError[]> {
  const { sideEffects, timeoutSeconds: seconds } = webhook
  return [
    ...validateFullyQualifiedName(`${field}.name`, webhook.name ?? ''),
    ...(webhook.rules ?? []).flatMap((rule, i) => validateRule(`${field}.rules[${i}]`, rule)),
    ...oneOf(`${field}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore']),
    ...oneOf(`${field}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact']),
    // The decoder says null of absent ones.
    ...(typeof sideEffects === 'string'
      ? oneOf(`${field}.sideEffects`, sideEffects, ['None', 'NoneOnDryRun'])
      : [required(`${field}.sideEffects`, 'must specify one of None, NoneOnDryRun')]),
    ...(seconds !== undefined && (seconds > timeoutSecondsMax || seconds < 1)
      ? [invalid(`${field}.timeoutSeconds`, seconds, `the timeout value must be between 1 and ${timeoutSecondsMax} seconds`)]
      : []),
    ...validateLabelSelector(`${field}.namespaceSelector`, webhook.namespaceSelector),
    ...validateLabelSelector(`${field}.objectSelector`, webhook.objectSelector),
    ...oneOf(`${field}.reinvocationPolicy`, webhook.reinvocationPolicy, ['IfNeeded', 'Never']),
    ...validateClientConfig(`${field}.clientConfig`, webhook.clientConfig ?? {}),
    ...(yield* validateMatchConditions(`${field}.matchConditions`, webhook.matchConditions)),
    ...validateReviewVersions(`${field}.admissionReviewVersions`, webhook.admissionReviewVersions ?? [], anyVersion),
  ]
}

/** @param old of an update: versions that nobody speaks may stay */
function validate(webhooks: readonly Webhook[] = [], old: readonly Webhook[] = []): Steps<readonly FieldError[]> {
  const names = webhooks.map(({ name }) => name)
  const anyVersion = old.some(({ admissionReviewVersions: versions }) => (versions ?? []).every((version) => !reviewVersions.includes(version)))
  return flatMapSteps(webhooks, function* (webhook, i): Steps<readonly FieldError[]> {
    const field = `webhooks[${i}]`
    const errors = yield* validateWebhook(field, webhook, anyVersion)
    return webhook.name && names.indexOf(webhook.name) < i ? [...errors, duplicate(`${field}.name`, webhook.name)] : errors
  })
}

export const validatingWebhookConfigurationStrategy: Strategy<ValidatingWebhookConfiguration> = {
  allowUnconditionalUpdate: false,
  metadataChecksOnUpdate: ['whole'],
  defaults({ webhooks }) {
    for (const webhook of webhooks ?? []) webhookDefaults(webhook)
  },
  validateInSteps: (_, { webhooks }, old) => validate(webhooks, old?.webhooks),
}

export const mutatingWebhookConfigurationStrategy: Strategy<MutatingWebhookConfiguration> = {
  allowUnconditionalUpdate: false,
  metadataChecksOnUpdate: ['whole'],
  defaults({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      webhookDefaults(webhook)
      webhook.reinvocationPolicy ??= 'Never'
    }
  },
  validateInSteps: (_, { webhooks }, old) => validate(webhooks, old?.webhooks),
}
