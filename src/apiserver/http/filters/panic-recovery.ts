import { ApiError } from '../../../apimachinery/api-error.ts'
import type { Logger } from '../../../component-base/logger.ts'
import { wantsPretty } from '../../endpoints/negotiation.ts'
import type { Filter } from '../handler-chain.ts'
import { logFault } from '../log-fault.ts'
import type { ServerRequest } from '../server-request.ts'
import { panicError, type StatusEncoder, statusResponse } from '../status-response.ts'

/** Turns what is thrown into an answer: an ApiError is meant to be one; anything else is a fault of the server and logged. */
export function panicRecovery(logger: Logger, encodeStatus: StatusEncoder | undefined): Filter {
  const answer = (error: unknown, request: ServerRequest) => {
    const known = error instanceof ApiError ? error : panicError(error)
    const fault = known.cause ?? (known === error ? undefined : error)
    if (known.code >= 500 && fault !== undefined) logFault(logger, request, fault)
    const { accept, 'user-agent': userAgent } = request.headers
    return statusResponse(known.toStatus(), accept, encodeStatus, wantsPretty(request.query, userAgent, { pretty: false }))
  }
  return {
    name: 'panic-recovery',
    wrap: (next) => async (request) => {
      try {
        return await next(request)
      } catch (error) {
        return answer(error, request)
      }
    },
  }
}
