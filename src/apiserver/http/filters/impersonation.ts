import type { Authorizer } from '../../authz/authorizer.ts'
import { Impersonator } from '../../authz/impersonation/impersonator.ts'
import { type WantedUser, wantedUser } from '../../authz/impersonation/wanted-user.ts'
import type { Filter } from '../handler-chain.ts'
import type { ServerRequest } from '../server-request.ts'
import { attributesOf } from './authorization.ts'

/** @throws {ApiError} 400, 403 */
export function impersonation(authorizer: Authorizer): Filter {
  const impersonator = new Impersonator(authorizer)
  return {
    name: 'impersonation',
    wrap: (next) => {
      const actAs = async (request: ServerRequest, wanted: WantedUser) => {
        const { user, constraint } = await impersonator.impersonate(wanted, attributesOf(request))
        request.impersonator = request.user
        request.user = user
        request.audit?.impersonated(user, constraint)
        return next(request)
      }
      return (request) => {
        const wanted = wantedUser(request.source)
        return wanted ? actAs(request, wanted) : next(request)
      }
    },
  }
}
