// Who a bearer token belongs to, for whom it was made out (audiences), and how several kinds of tokens become one authenticator.
import { aggregateMessages } from '../../apimachinery/field-errors.ts'
import type { Authenticator } from './authenticator.ts'
import { firstAccepted, RefusedCredentials } from './first-accepted.ts'
import type { UserInfo } from './user.ts'
import { allAuthenticated, withGroup } from './well-known-users.ts'

export interface TokenResponse {
  readonly user: UserInfo
  /** Of the audiences that were asked for, those that the token is for. */
  readonly audiences: readonly string[]
  /** For an audit: the token should have been renewed by now. */
  readonly stale?: string
}

/**
 * Recognises one kind of tokens. `undefined`: not mine, ask the next one.
 * @param audiences at least one must be the token's
 * @throws {Error} mine, and wrong: it is refused unless another authenticator accepts it
 */
export type TokenAuthenticator = (token: string, audiences: readonly string[]) => TokenResponse | undefined | Promise<TokenResponse | undefined>

/** What an authenticator of tokens must be told that knows nothing of audiences: its tokens are for the API server. */
export function forAudiences(authenticate: Authenticator, apiAudiences: readonly string[]): TokenAuthenticator {
  return (token, audiences) => {
    const own = apiAudiences.filter((audience) => audiences.includes(audience))
    if (own.length === 0) return undefined
    const user = authenticate({ bearerToken: token, clientCertificate: undefined })
    return user instanceof Promise ? user.then((found) => found && { user: found, audiences: own }) : user && { user, audiences: own }
  }
}

/** The first that accepts wins; one that throws does not stop the next. @throws {RefusedCredentials} what all of them had to say */
export const unionTokens =
  (authenticators: readonly TokenAuthenticator[]): TokenAuthenticator =>
  (token, audiences) =>
    firstAccepted(authenticators, (authenticate) => authenticate(token, audiences))

/** Tokens of requests. @throws {Error} for a token that nobody accepts */
export function bearerTokens(authenticate: TokenAuthenticator, apiAudiences: readonly string[]): Authenticator {
  return ({ bearerToken, annotate }) => {
    if (bearerToken === undefined) return undefined
    const userOf = (found: TokenResponse | undefined) => {
      if (found?.stale !== undefined) annotate?.('authentication.k8s.io/stale-token', found.stale)
      return found?.user
    }
    const response = authenticate(bearerToken, apiAudiences)
    return response instanceof Promise ? response.then(userOf) : userOf(response)
  }
}

interface Review {
  readonly user: UserInfo | undefined
  readonly audiences?: readonly string[]
  readonly error?: string
}

/** Says whose a token is, for TokenReview. @param audiences asked for; none: the API server's own */
export function tokenReviewer(authenticate: TokenAuthenticator, apiAudiences: readonly string[]) {
  return async (token: string, audiences: readonly string[]): Promise<Review> => {
    try {
      const found = await authenticate(token, audiences.length > 0 ? audiences : apiAudiences)
      if (found) return { user: withGroup(found.user, allAuthenticated), audiences: found.audiences }
      return { user: undefined, error: 'invalid bearer token' }
    } catch (error) {
      const messages = error instanceof RefusedCredentials ? error.messages : [(error as Error).message]
      // The first is what the authenticator of the server's own token says, which upstream asks first.
      return { user: undefined, error: aggregateMessages(['invalid bearer token', ...messages]) }
    }
  }
}
