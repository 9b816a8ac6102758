import type { Authenticator } from './authenticator.ts'
import { allAuthenticated, anonymousName, withGroup } from './well-known-users.ts'

/**
 * The first authenticator that accepts wins. One that throws does not stop the next: a request with a bad certificate and a
 * good token is the token's. Everybody who is not anonymous joins system:authenticated.
 */
export function unionAuthenticator(authenticators: readonly Authenticator[]): Authenticator {
  return async (credentials) => {
    let failure: { readonly error: unknown } | undefined
    for (const authenticate of authenticators) {
      try {
        const pending = authenticate(credentials)
        const user = pending instanceof Promise ? await pending : pending
        if (user) return user.name === anonymousName ? user : withGroup(user, allAuthenticated)
      } catch (error) {
        failure ??= { error }
      }
    }
    if (failure) throw failure.error
    return undefined
  }
}
