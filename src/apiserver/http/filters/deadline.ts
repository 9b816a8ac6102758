import { ApiError, badRequest } from '../../../apimachinery/api-error.ts'
import { durationMs } from '../../../apimachinery/duration/duration.ts'
import type { Clock } from '../../../util/clock.ts'
import type { ApiResponse } from '../api-request.ts'
import type { Filter } from '../handler-chain.ts'
import { Deadlines } from './deadlines.ts'
import { isLongRunning } from '../request-info.ts'
import type { ServerRequest } from '../server-request.ts'

/**
 * Answers 504 when the handler of a request that is not long-running takes longer than the request timeout, or than the
 * client's `?timeout=`. The handler is told through the request's signal.
 * @see k8s.io/apiserver pkg/endpoints/filters/request_deadline.go, pkg/server/filters/timeout.go
 */
export function deadline(requestTimeoutMs: number, clock: Clock): Filter {
  const deadlines = new Deadlines(clock, requestTimeoutMs)
  return {
    name: 'deadline',
    wrap: (next) => (request) => {
      if (isLongRunning(request.info)) return next(request)
      const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>()
      const timeoutMs = timeoutOf(request, requestTimeoutMs)
      request.timeoutMs = timeoutMs
      const pending = next(request)
      const expire = () => {
        const error = new ApiError('Timeout', 'Timeout: request did not complete within the allotted timeout', { details: {} })
        reject(error)
        request.abort(error)
      }
      const timer = timeoutMs === requestTimeoutMs ? deadlines.begin(expire) : clock.after(timeoutMs, expire)
      pending.then(
        (response) => {
          timer.cancel()
          resolve(response)
        },
        (error: unknown) => {
          timer.cancel()
          reject(error as Error)
        },
      )
      return promise
    },
  }
}

/** @throws {ApiError} 400 */
function timeoutOf({ query }: ServerRequest, requestTimeoutMs: number): number {
  const given = query.get('timeout')
  if (!given) return requestTimeoutMs
  const ms = parsed(given)
  // Upstream's: without a time of its own, and one that is over before it begins, it has the server's.
  return ms <= 0 ? requestTimeoutMs : Math.min(ms, requestTimeoutMs)
}

function parsed(text: string): number {
  try {
    return durationMs(text)
  } catch (error) {
    throw badRequest(`invalid timeout specified in the request URL - ${(error as Error).message}`)
  }
}
