import type { Authorizer } from '../../authz/authorizer.ts'
import { Impersonator } from '../../authz/impersonation/impersonator.ts'
import { wantedUser } from '../../authz/impersonation/wanted-user.ts'
import type { Filter } from '../handler-chain.ts'
import { attributesOf } from './authorization.ts'

/** @throws {ApiError} 400, 403 */
export function impersonation(authorizer: Authorizer): Filter {
  const impersonator = new Impersonator(authorizer)
  return {
    name: 'impersonation',
    wrap: (next) => async (request) => {
      const wanted = wantedUser(request.source)
      if (!wanted) return next(request)
      const pending = impersonator.impersonate(wanted, attributesOf(request))
      const { user, constraint } = pending instanceof Promise ? await pending : pending
      request.impersonator = request.user
      request.user = user
      request.audit?.impersonated(user, constraint)
      return next(request)
    },
  }
}
