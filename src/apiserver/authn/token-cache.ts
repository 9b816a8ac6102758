// What is known of a token for a few seconds: signatures and webhooks are not asked again for each request of a client. Keyed by a
// digest, so that neither the cache nor time tells a token.
// Source: k8s.io/apiserver pkg/authentication/token/cache/cached_token_authenticator.go.
import type { Clock } from '../../util/clock.ts'
import { ExpiringCache } from '../../util/expiring-cache.ts'
import type { TokenAuthenticator, TokenResponse } from './token-authenticator.ts'
import type { TokenCacheObserver } from './token-cache-metrics.ts'
import { tokenDigest } from './token-digest.ts'

export interface TokenCacheOptions {
  /** How long a token stays accepted without being looked at. */
  readonly successTtlMs: number
  /** The same for one that is nobody's. Errors are never kept. */
  readonly failureTtlMs: number
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly observer?: TokenCacheObserver
}

/** Upstream's --token-success-cache-ttl and its failure counterpart, which no flag changes. */
export const tokenCacheDefaults = { successTtlMs: 10_000, failureTtlMs: 0 } as const
/** Tokens remembered. */
const tokensMax = 16_384

/** The same token is not asked about twice at once. */
export function cachedTokens(authenticate: TokenAuthenticator, { successTtlMs, failureTtlMs, clock, observer }: TokenCacheOptions): TokenAuthenticator {
  const known = new ExpiringCache<{ readonly response: TokenResponse | undefined }>({ entriesMax: tokensMax, clock })
  const asked = new Map<string, Promise<TokenResponse | undefined>>()

  const keep = (key: string, response: TokenResponse | undefined): TokenResponse | undefined => {
    known.set(key, { response }, response ? successTtlMs : failureTtlMs)
    return response
  }
  const keepLater = async (key: string, pending: Promise<TokenResponse | undefined>): Promise<TokenResponse | undefined> => {
    const startedMs = clock.monotonic()
    const fetched = observer?.fetching()
    let succeeded = false
    try {
      const response = await pending
      succeeded = true
      return keep(key, response)
    } finally {
      asked.delete(key)
      fetched?.(succeeded)
      observer?.answered(false, (clock.monotonic() - startedMs) / 1000)
    }
  }
  return (token, audiences) => {
    const key = `${tokenDigest(token)} ${JSON.stringify(audiences)}`
    const found = known.get(key)
    if (found) {
      observer?.answered(true, 0)
      return found.response
    }
    const same = asked.get(key)
    if (same) return same
    const response = authenticate(token, audiences)
    if (!(response instanceof Promise)) {
      observer?.answered(false, 0)
      return keep(key, response)
    }
    const pending = keepLater(key, response)
    asked.set(key, pending)
    return pending
  }
}
