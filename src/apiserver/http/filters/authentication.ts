import { ApiError } from '../../../apimachinery/api-error.ts'
import type { Logger } from '../../../component-base/logger.ts'
import type { Authenticator, Credentials } from '../../authn/authenticator.ts'
import type { UserInfo } from '../../authn/user.ts'
import { anonymous } from '../../authn/well-known-users.ts'
import { protocolToken } from '../../authn/protocol-token.ts'
import type { Clock } from '../../../util/clock.ts'
import type { Filter } from '../handler-chain.ts'
import type { ServerRequest } from '../server-request.ts'
import { isWebSocketRequest, offeredProtocols } from '../web-socket.ts'
import type { AccessObserver } from './access-observer.ts'

export interface AuthenticationOptions {
  /** Whether a request without any credentials becomes system:anonymous, or 401. */
  readonly allowAnonymous: (path: string) => boolean
  readonly logger: Logger
  readonly clock: Pick<Clock, 'monotonic'>
  readonly observer: AccessObserver
}

/** @throws {ApiError} 401 when credentials are given that nobody accepts; why is logged and not told */
export function authentication(authenticate: Authenticator, { allowAnonymous, logger, clock, observer }: AuthenticationOptions): Filter {
  const refuse = (error: unknown) => {
    logger.debug('Unable to authenticate the request', { reason: error instanceof Error ? error.message : String(error) })
    return undefined
  }
  const userOf = (credentials: Credentials): UserInfo | undefined | Promise<UserInfo | undefined> => {
    try {
      const user = authenticate(credentials)
      return user instanceof Promise ? user.catch(refuse) : user
    } catch (error) {
      return refuse(error)
    }
  }
  return {
    name: 'authentication',
    wrap: (next) => (request) => {
      const startedMs = clock.monotonic()
      const goOn = (user: UserInfo | undefined) => {
        observer.authenticated(user?.name, (clock.monotonic() - startedMs) / 1000)
        if (!user) throw unauthorized()
        request.user = user
        return next(request)
      }
      const bearerToken = bearerTokenOf(request.headers['authorization']) ?? takeProtocolToken(request)
      const { clientCertificate } = request.source
      if (bearerToken === undefined && clientCertificate === undefined) {
        return goOn(allowAnonymous(request.info.path) ? anonymous : undefined)
      }
      const { audit, source } = request
      const annotate = audit && ((key: string, value: string) => audit.annotate(key, value))
      const warn = (message: string) => request.warn(message)
      const pending = userOf({ bearerToken, clientCertificate, request: source, annotate, warn })
      return pending instanceof Promise ? pending.then(goOn) : goOn(pending)
    },
  }
}

/** Of a page in a browser, which can send no Authorization header with a WebSocket. What follows sees no trace of it. */
function takeProtocolToken(request: ServerRequest): string | undefined {
  if (!isWebSocketRequest(request)) return undefined
  const { token, others } = protocolToken(offeredProtocols(request))
  if (token !== undefined) request.headers = { ...request.headers, 'sec-websocket-protocol': others.join(',') }
  return token
}

const unauthorized = () => new ApiError('Unauthorized', 'Unauthorized')

/** The token of a Bearer header. Another scheme is nobody's: such a request is anonymous, as upstream. */
function bearerTokenOf(header: string | undefined): string | undefined {
  const match = header === undefined ? null : /^bearer +(\S+) *$/i.exec(header)
  return match?.[1]
}
