import { ApiError, badRequest } from '../../../apimachinery/api-error.ts'
import type { Clock } from '../../../util/clock.ts'
import type { ApiResponse } from '../api-request.ts'
import type { Filter } from '../handler-chain.ts'
import { isLongRunning } from '../request-info.ts'
import type { ServerRequest } from '../server-request.ts'

/**
 * Answers 504 when the handler of a request that is not long-running takes longer than the request timeout, or than the
 * client's `?timeout=`. The handler is told through the request's signal.
 * @see k8s.io/apiserver pkg/endpoints/filters/request_deadline.go, pkg/server/filters/timeout.go
 */
export function deadline(requestTimeoutMs: number, clock: Clock): Filter {
  return {
    name: 'deadline',
    wrap: (next) => (request) => {
      if (isLongRunning(request.info)) return next(request)
      const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>()
      const timeoutMs = timeoutOf(request, requestTimeoutMs)
      request.timeoutMs = timeoutMs
      const pending = next(request)
      const timer = clock.after(timeoutMs, () => {
        const error = new ApiError('Timeout', 'Timeout: request did not complete within the allotted timeout', { details: {} })
        reject(error)
        request.abort(error)
      })
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

function timeoutOf({ query }: ServerRequest, requestTimeoutMs: number): number {
  const given = query.get('timeout')
  if (!given) return requestTimeoutMs
  const ms = parseDuration(given)
  if (ms === undefined) throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(given)}`)
  return ms === 0 ? requestTimeoutMs : Math.min(ms, requestTimeoutMs)
}

const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Go's time.ParseDuration for durations that are not negative, in milliseconds. */
function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^\+?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/.test(text)) return undefined
  let total = 0
  for (const [, value, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)) total += Number(value) * unitMs[unit!]!
  return total
}
