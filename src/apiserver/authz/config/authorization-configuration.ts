// AuthorizationConfiguration (--authorization-config): which authorizers are asked, in which order.
// Source: k8s.io/apiserver pkg/apis/apiserver/v1/types.go and defaults.go.
import { durationMs } from '../../../apimachinery/duration/duration.ts'
import { configGroupVersions, type ConfigKind, decodeConfigFile } from '../../config-file/decode.ts'
import { configTypes } from '../../config-file/types.ts'
import type { ReviewVersion } from '../webhook/access-review.ts'

/** Upstream's names, in its order. */
export const authorizerTypes = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const
export type AuthorizerType = (typeof authorizerTypes)[number]

/** As written in the file; durations are Go's texts. */
export interface WrittenConfiguration {
  readonly authorizers?: readonly WrittenAuthorizer[]
}

export interface WrittenAuthorizer {
  readonly type?: string
  readonly name?: string
  readonly webhook?: WrittenWebhook
}

export interface WrittenWebhook {
  readonly timeout?: string
  readonly authorizedTTL?: string
  readonly cacheAuthorizedRequests?: boolean
  readonly unauthorizedTTL?: string
  readonly cacheUnauthorizedRequests?: boolean
  readonly subjectAccessReviewVersion?: string
  readonly matchConditionSubjectAccessReviewVersion?: string
  readonly failurePolicy?: string
  readonly connectionInfo?: { readonly type?: string; readonly kubeConfigFile?: string }
  readonly matchConditions?: readonly { readonly expression?: string }[]
}

/** Checked and defaulted. */
export interface AuthorizationConfiguration {
  readonly authorizers: readonly ConfiguredAuthorizer[]
}

export type ConfiguredAuthorizer =
  | { readonly type: Exclude<AuthorizerType, 'Webhook'>; readonly name: string }
  | { readonly type: 'Webhook'; readonly name: string; readonly webhook: WebhookConfiguration }

export interface WebhookConfiguration {
  readonly kubeconfigFile: string
  readonly version: ReviewVersion
  readonly timeoutMs: number
  /** 0: answers are not kept. */
  readonly authorizedTtlMs: number
  readonly unauthorizedTtlMs: number
  readonly failure: 'deny' | 'no-opinion'
  /** CEL: the webhook is only asked when all are true. */
  readonly matchConditions: readonly string[]
}

const kind: ConfigKind = {
  kind: 'AuthorizationConfiguration',
  groupVersions: configGroupVersions('v1', 'v1beta1', 'v1alpha1'),
  types: configTypes(
    {
      AuthorizationConfiguration: { authorizers: '[]Authorizer' },
      Authorizer: { type: 'string', name: 'string', webhook: '*Webhook' },
      Webhook: {
        authorizedTTL: '*string',
        cacheAuthorizedRequests: '*bool',
        unauthorizedTTL: '*string',
        cacheUnauthorizedRequests: '*bool',
        timeout: 'string',
        subjectAccessReviewVersion: 'string',
        matchConditionSubjectAccessReviewVersion: 'string',
        failurePolicy: 'string',
        connectionInfo: 'ConnectionInfo',
        matchConditions: '[]MatchCondition',
      },
      ConnectionInfo: { type: 'string', kubeConfigFile: '*string' },
      MatchCondition: { expression: 'string' },
    },
    { root: 'AuthorizationConfiguration' },
  ),
}

/** @throws {ConfigFileError} */
export function decodeAuthorizationConfiguration(text: string): WrittenConfiguration {
  const { authorizers = [] } = decodeConfigFile(text, kind) as WrittenConfiguration
  return { authorizers: authorizers.map((each) => (each.webhook ? { ...each, webhook: { ...webhookDefaults, ...each.webhook } } : each)) }
}

/** Also those of the --authorization-webhook-* flags. */
export const webhookDefaults = {
  authorizedTTL: '5m0s',
  unauthorizedTTL: '30s',
  cacheAuthorizedRequests: true,
  cacheUnauthorizedRequests: true,
} as const

/** @param written without errors, see validate.ts */
export function toAuthorizationConfiguration({ authorizers = [] }: WrittenConfiguration): AuthorizationConfiguration {
  return {
    authorizers: authorizers.map(({ type, name = '', webhook }): ConfiguredAuthorizer =>
      type === 'Webhook' ? { type, name, webhook: webhookOf(webhook!) } : { type: type as Exclude<AuthorizerType, 'Webhook'>, name },
    ),
  }
}

function webhookOf(written: WrittenWebhook): WebhookConfiguration {
  const { cacheAuthorizedRequests, cacheUnauthorizedRequests, authorizedTTL, unauthorizedTTL } = written
  return {
    kubeconfigFile: written.connectionInfo!.kubeConfigFile!,
    version: written.subjectAccessReviewVersion as ReviewVersion,
    timeoutMs: durationMs(written.timeout!),
    authorizedTtlMs: cacheAuthorizedRequests ? durationMs(authorizedTTL!) : 0,
    unauthorizedTtlMs: cacheUnauthorizedRequests ? durationMs(unauthorizedTTL!) : 0,
    failure: written.failurePolicy === 'Deny' ? 'deny' : 'no-opinion',
    matchConditions: (written.matchConditions ?? []).map(({ expression }) => expression!),
  }
}
