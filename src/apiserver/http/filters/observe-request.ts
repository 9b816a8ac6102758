import type { Clock } from '../../../util/clock.ts'
import { type ApiResponse, isStream, type RequestInfo } from '../api-request.ts'
import type { Filter } from '../handler-chain.ts'
import type { ServerRequest } from '../server-request.ts'
import { ApiError } from '../../../apimachinery/api-error.ts'

export interface ObservedRequest {
  readonly method: string
  readonly info: RequestInfo
  readonly dryRun: boolean
  /** A PATCH by server-side apply. */
  readonly isApply: boolean
  readonly status: number
  /** From its arrival to its response headers. */
  readonly seconds: number
  /** Of the body; undefined: not known, or there is none. */
  readonly bytes: number | undefined
}

/** Called once per request, when its answer (or its error) is known. */
export type RequestObserver = (request: ObservedRequest) => void

export function observeRequest(observe: RequestObserver, clock: Clock): Filter {
  return {
    name: 'metrics',
    wrap: (next) => async (request) => {
      const start = clock.monotonic()
      const done = (status: number, bytes?: number) => {
        const { method, info } = request
        const isWrite = method !== 'GET'
        observe({
          method,
          info,
          dryRun: isWrite && isDryRun(request),
          isApply: method === 'PATCH' && isApply(request),
          status,
          seconds: (clock.monotonic() - start) / 1000,
          bytes,
        })
      }
      try {
        const response = await next(request)
        done(response.status, bytesOf(response))
        return response
      } catch (error) {
        done(error instanceof ApiError ? error.code : 500)
        throw error
      }
    },
  }
}

/** Texts are counted by their characters: their bytes are not known before they are sent. */
function bytesOf({ body }: ApiResponse): number | undefined {
  return body === undefined || isStream(body) ? undefined : body.length
}

export const isDryRun = ({ query }: ServerRequest) => query.has('dryRun')
const isApply = ({ headers }: ServerRequest) => headers['content-type']?.startsWith('application/apply-patch') ?? false
