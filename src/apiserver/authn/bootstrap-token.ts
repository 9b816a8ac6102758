import { timingSafeEqual } from 'node:crypto'
import { bootstrapTokenNamePrefix, bootstrapTokenType, parseBootstrapToken, tokenField, tokenLifeMs } from '../../api/core/bootstrap-token.ts'
import type { Secret } from '../../api/core/v1.ts'
import type { Clock } from '../../util/clock.ts'
import type { Authenticator } from './authenticator.ts'
import { user } from './well-known-users.ts'

const defaultGroup = 'system:bootstrappers'
const extraGroup = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

/**
 * Tokens with which machines join. They live as Secrets in kube-system; whoever shows one is `system:bootstrap:<id>`.
 * @param find the Secret of that name in kube-system, as it is now
 * @see plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go
 */
export function bootstrapTokenAuthenticator(find: (name: string) => Promise<Secret | undefined>, clock: Clock): Authenticator {
  return ({ bearerToken }) => {
    const token = bearerToken === undefined ? undefined : parseBootstrapToken(bearerToken)
    return token && find(bootstrapTokenNamePrefix + token.id).then((secret) => secret && userOf(secret, token.id, token.secret, clock.now()))
  }
}

function userOf(secret: Secret, id: string, value: string, nowMs: number) {
  const isWhole = secret.metadata.deletionTimestamp === undefined && secret.type === bootstrapTokenType
  if (!isWhole || !isSame(tokenField(secret, 'token-secret'), value) || tokenField(secret, 'token-id') !== id) return undefined
  if (tokenLifeMs(secret, nowMs) === 0 || tokenField(secret, 'usage-bootstrap-authentication') !== 'true') return undefined
  const extra = tokenField(secret, 'auth-extra-groups')
  const groups = extra === '' ? [] : extra.split(',')
  if (!groups.every((group) => extraGroup.test(group))) return undefined
  return user(`system:bootstrap:${id}`, [...new Set([defaultGroup, ...groups])].toSorted())
}

/** Takes as long whatever differs. */
function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
