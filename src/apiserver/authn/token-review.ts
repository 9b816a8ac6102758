import type { Authenticator } from './authenticator.ts'
import type { serviceAccountAuthenticator } from './service-account/token-authenticator.ts'
import type { UserInfo } from './user.ts'
import { allAuthenticated, withGroup } from './well-known-users.ts'

export interface TokenReviewOptions {
  /** Token tables: they know no audiences, their tokens are for the API server. */
  readonly tables: readonly Authenticator[]
  readonly serviceAccounts: ReturnType<typeof serviceAccountAuthenticator>
  readonly apiAudiences: readonly string[]
}

interface Outcome {
  readonly user: UserInfo | undefined
  readonly audiences?: readonly string[]
  readonly error?: string
}

/** Says whose a token is, for TokenReview. @param audiences asked for; none: the API server's own */
export function tokenReviewer({ tables, serviceAccounts, apiAudiences }: TokenReviewOptions) {
  return async (token: string, audiences: readonly string[]): Promise<Outcome> => {
    const wanted = audiences.length > 0 ? audiences : apiAudiences
    const own = apiAudiences.filter((audience) => wanted.includes(audience))
    if (own.length > 0) {
      for (const authenticate of tables) {
        const user = await authenticate({ bearerToken: token, clientCertificate: undefined })
        if (user) return { user: withGroup(user, allAuthenticated), audiences: own }
      }
    }
    try {
      const found = await serviceAccounts.review(token, wanted)
      if (found) return { user: withGroup(found.user, allAuthenticated), audiences: found.audiences }
      return { user: undefined, error: 'invalid bearer token' }
    } catch (error) {
      return { user: undefined, error: `[invalid bearer token, ${(error as Error).message}]` }
    }
  }
}
