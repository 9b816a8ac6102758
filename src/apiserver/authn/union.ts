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

/** A user whose token is known is the same object with each request: so is what is made of him. */
const joined = new WeakMap<UserInfo, UserInfo>()

function authenticated(user: UserInfo | undefined): UserInfo | undefined {
  if (user === undefined || user.name === anonymousName) return user
  let known = joined.get(user)
  if (!known) joined.set(user, (known = withGroup(user, allAuthenticated)))
  return known
}
