import type { Authenticator } from './authenticator.ts'
import { firstAccepted } from './first-accepted.ts'
import type { UserInfo } from './user.ts'
import { allAuthenticated, anonymousName, withGroup } from './well-known-users.ts'

/**
 * The first authenticator that accepts wins. One that throws does not stop the next: a request with a bad certificate and a
 * good token is the token's. Everybody who is not anonymous joins system:authenticated.
 */
export function unionAuthenticator(authenticators: readonly Authenticator[]): Authenticator {
  return (credentials) => {
    const user = firstAccepted(authenticators, (authenticate) => authenticate(credentials))
    return user instanceof Promise ? user.then(authenticated) : authenticated(user)
  }
}

const authenticated = (user: UserInfo | undefined) => (user === undefined || user.name === anonymousName ? user : withGroup(user, allAuthenticated))
