import { ApiError } from '../../../apimachinery/api-error.ts'
import type { Authenticator } from '../../authn/authenticator.ts'
import { anonymous } from '../../authn/well-known-users.ts'
import type { Filter } from '../handler-chain.ts'

/**
 * @param allowAnonymous what a request without any credentials becomes: system:anonymous, or 401
 * @throws {ApiError} 401 when credentials are given that nobody accepts
 */
export function authentication(authenticate: Authenticator, { allowAnonymous }: { readonly allowAnonymous: boolean }): Filter {
  return {
    name: 'authentication',
    wrap: (next) => async (request) => {
      const bearerToken = bearerTokenOf(request.headers['authorization'])
      const { clientCertificate } = request.source
      if (bearerToken === undefined && clientCertificate === undefined) {
        if (!allowAnonymous) throw unauthorized()
        request.user = anonymous
        return next(request)
      }
      const pending = authenticate({ bearerToken, clientCertificate })
      const user = pending instanceof Promise ? await pending : pending
      if (!user) throw unauthorized()
      request.user = user
      return next(request)
    },
  }
}

const unauthorized = () => new ApiError('Unauthorized', 'Unauthorized')

/** The token of a Bearer header. Another scheme is nobody's: such a request is anonymous, as upstream. */
function bearerTokenOf(header: string | undefined): string | undefined {
  const match = header === undefined ? null : /^bearer +(\S+) *$/i.exec(header)
  return match?.[1]
}
