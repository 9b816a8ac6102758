import { ApiError } from '../../../apimachinery/api-error.ts'
import type { ApiResponse, BodyChunk } from '../api-request.ts'
import type { Filter } from '../handler-chain.ts'
import { isLongRunning } from '../request-info.ts'
import type { ServerRequest } from '../server-request.ts'

/** Knows what is under way, so that a stopping server can wait for short requests and end the long ones. */
export class RequestDrain {
  readonly #short = new Set<ServerRequest>()
  readonly #long = new Set<ServerRequest>()
  #whenIdle: (() => void) | undefined

  readonly filter: Filter = {
    name: 'drain',
    wrap: (next) => async (request) => {
      const long = isLongRunning(request.info)
      const group = long ? this.#long : this.#short
      group.add(request)
      try {
        const response = await next(request)
        return long && isStream(response.body) ? { ...response, body: this.#untilEnded(request, response.body) } : response
      } finally {
        if (!long) this.#finished(request)
        else if (request.signal.aborted) this.#long.delete(request)
      }
    },
  }

  get underWay(): number {
    return this.#short.size
  }

  /** Resolves when no short request is under way. */
  idle(): Promise<void> {
    if (this.#short.size === 0) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#whenIdle = resolve
    return promise
  }

  /** Ends watches, logs and everything else that would go on for ever. */
  abortLongRunning(): void {
    const reason = new ApiError('ServiceUnavailable', 'the server is shutting down')
    for (const request of this.#long) request.abort(reason)
    this.#long.clear()
  }

  #finished(request: ServerRequest): void {
    this.#short.delete(request)
    if (this.#short.size === 0) this.#whenIdle?.()
  }

  async *#untilEnded(request: ServerRequest, body: AsyncIterable<BodyChunk>): AsyncGenerator<BodyChunk> {
    try {
      yield* body
    } finally {
      this.#long.delete(request)
    }
  }
}

const isStream = (body: ApiResponse['body']): body is AsyncIterable<BodyChunk> =>
  body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
