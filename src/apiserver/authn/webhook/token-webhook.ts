// --authentication-token-webhook-config-file: somebody else knows the tokens. Without an answer nobody is authenticated.
// Source: k8s.io/apiserver plugin/pkg/authenticator/token/webhook/webhook.go.
import type { ReviewClient } from '../../webhook/review-client.ts'
import type { TokenAuthenticator, TokenResponse } from '../token-authenticator.ts'
import type { UserInfo } from '../user.ts'
import { user } from '../well-known-users.ts'

export interface TokenWebhookOptions {
  readonly client: Pick<ReviewClient, 'send'>
  readonly version: 'v1' | 'v1beta1'
  /** Those of a webhook that says nothing of audiences. */
  readonly apiAudiences: readonly string[]
}

/** @throws {Error} (from the authenticator) without an answer, and what the webhook says is wrong with the token */
export function tokenWebhook({ client, version, apiAudiences }: TokenWebhookOptions): TokenAuthenticator {
  return async (token, audiences) => {
    const spec = { token, audiences }
    const answer = await client.send({ kind: 'TokenReview', apiVersion: `authentication.k8s.io/${version}`, metadata: {}, spec })
    return responseOf(answer, audiences, apiAudiences)
  }
}

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** @throws {Error} */
export function responseOf(answer: unknown, audiences: readonly string[], apiAudiences: readonly string[]): TokenResponse | undefined {
  const status = isObject(answer) ? answer['status'] : undefined
  if (!isObject(status)) throw new Error('the webhook has not answered with a TokenReview')
  const named = strings(status['audiences'])
  const granted = audiences.filter((audience) => (named.length > 0 ? named : apiAudiences).includes(audience))
  if (granted.length === 0) return undefined
  if (status['authenticated'] !== true) {
    if (text(status['error'])) throw new Error(text(status['error']))
    return undefined
  }
  return { user: userOf(status['user']), audiences: granted }
}

function userOf(value: unknown): UserInfo {
  const fields = isObject(value) ? value : {}
  const extra = isObject(fields['extra']) ? Object.entries(fields['extra']).map(([key, values]) => [key, strings(values)] as const) : []
  return user(text(fields['username']), strings(fields['groups']), { uid: text(fields['uid']), extra: new Map(extra) })
}
