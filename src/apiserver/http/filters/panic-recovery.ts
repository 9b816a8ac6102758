import { ApiError } from '../../../apimachinery/api-error.ts'
import type { Logger } from '../../../component-base/logger.ts'
import type { Filter } from '../handler-chain.ts'
import type { ServerRequest } from '../server-request.ts'
import { panicError, type StatusEncoder, statusResponse } from '../status-response.ts'

/** Turns what is thrown into an answer: an ApiError is meant to be one; anything else is a fault of the server and logged. */
export function panicRecovery(logger: Logger, encodeStatus: StatusEncoder | undefined): Filter {
  const answer = (error: unknown, request: ServerRequest) => {
    const known = error instanceof ApiError ? error : panicError(error)
    const fault = known.cause ?? (known === error ? undefined : error)
    if (known.code >= 500 && fault !== undefined && !isGone(request))
      logger.error('Request failed', fault, { method: request.method, path: request.rawPath, auditId: request.auditId })
    return statusResponse(known.toStatus(), request.headers['accept'], encodeStatus)
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

/** A handler that fails because its client went away is no fault. */
const isGone = (request: ServerRequest) => request.signal.aborted
