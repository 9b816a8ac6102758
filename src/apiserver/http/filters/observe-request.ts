import type { Clock } from '../../../util/clock.ts'
import type { RequestInfo } from '../api-request.ts'
import type { Filter } from '../handler-chain.ts'
import { ApiError } from '../../../apimachinery/api-error.ts'

/** Called once per request, when its answer (or its error) is known. */
export type RequestObserver = (method: string, info: RequestInfo, status: number, seconds: number) => void

/** @param observer asked for at each request: metrics are loaded after the server has begun to answer */
export function observeRequest(observer: () => RequestObserver | undefined, clock: Clock): Filter {
  return {
    name: 'metrics',
    wrap: (next) => async (request) => {
      const start = clock.monotonic()
      const done = (status: number) => observer()?.(request.method, request.info, status, (clock.monotonic() - start) / 1000)
      try {
        const response = await next(request)
        done(response.status)
        return response
      } catch (error) {
        done(error instanceof ApiError ? error.code : 500)
        throw error
      }
    },
  }
}
