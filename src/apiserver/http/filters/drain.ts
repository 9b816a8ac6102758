import type { Duplex } from 'node:stream'
import type { Clock } from '../../../util/clock.ts'
import { ApiError } from '../../../apimachinery/api-error.ts'
import { type BodyChunk, isStream } from '../api-request.ts'
import type { Filter } from '../handler-chain.ts'
import { isLongRunning } from '../request-info.ts'
import type { ServerRequest } from '../server-request.ts'

/** Answered until the end: who looks after this server, the server itself, and what ends with its process. */
const exemptPaths = ['/metrics', '/livez', '/readyz', '/healthz']
const loopbackAgent = 'kube-apiserver/'
/** For the last bytes of answers that were told to end. */
const completionMsMax = 500

/**
 * Knows what is under way, so that a stopping server can wait for short requests and end the long ones.
 * @see k8s.io/apiserver pkg/server/filters/{waitgroup,with_retry_after}.go
 */
export class RequestDrain {
  #short = 0
  readonly #long = new Set<ServerRequest>()
  #whenIdle: (() => void) | undefined
  #whenLongEnded: (() => void) | undefined
  #refusal: 'none' | 'unavailable' | 'retry-after' = 'none'

  readonly filter: Filter = {
    name: 'drain',
    wrap: (next) => async (request) => {
      const long = isLongRunning(request.info)
      if (this.#refusal !== 'none' && !isExempt(request)) this.#refuse(request, long)
      if (long) this.#long.add(request)
      else this.#short++
      let goesOn = false
      try {
        const response = await next(request)
        const { body, takeOver } = response
        if (isStream(body) && request.method !== 'HEAD') {
          goesOn = true
          return { ...response, body: this.#untilEnded(request, body) }
        }
        if (takeOver) {
          goesOn = true
          return { ...response, takeOver: (socket: Duplex, head: Uint8Array) => this.#untilClosed(request, socket, () => takeOver(socket, head)) }
        }
        // Nobody will read it: its source must not go on.
        if (isStream(body) && request.method === 'HEAD') request.abort(new DOMException('the answer has no body', 'AbortError'))
        return response
      } finally {
        if (!goesOn) this.#finished(request)
      }
    },
  }

  /** Requests under way that may go on for ever. */
  get longRunning(): Iterable<ServerRequest> {
    return this.#long
  }

  get underWay(): number {
    return this.#short
  }

  /** From now on new short requests are answered 503: this server will not wait for them. */
  refuseNew(): void {
    this.#refusal = 'unavailable'
  }

  /** From now on all new requests are answered 429 and lose their connection: other servers will take them. */
  sendRetryAfter(): void {
    this.#refusal = 'retry-after'
  }

  /** Resolves when no short request is under way. */
  idle(): Promise<void> {
    if (this.#short === 0) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#whenIdle = resolve
    return promise
  }

  /**
   * Ends watches, logs and everything else that would go on for ever, evenly over a time, so that not all clients come back at once.
   * Resolves when their answers are complete, or could not be completed in a moment: connections that have changed protocol end
   * only with their sockets.
   * @param graceMs 0: all at once. Upstream's --shutdown-watch-termination-grace-period
   */
  async endLongRunning(graceMs: number, clock: Clock): Promise<void> {
    const reason = new ApiError('ServiceUnavailable', 'the server is shutting down')
    const pending = [...this.#long]
    for (const request of pending) {
      request.abort(reason)
      if (graceMs > 0) await clock.sleep(graceMs / pending.length)
    }
    for (const request of this.#long) request.abort(reason) // came meanwhile
    if (this.#long.size === 0) return
    const ended = Promise.withResolvers<void>()
    this.#whenLongEnded = ended.resolve
    const timer = clock.after(completionMsMax, ended.resolve)
    await ended.promise
    timer.cancel()
  }

  #refuse(request: ServerRequest, long: boolean): void {
    if (this.#refusal === 'retry-after') {
      request.closeConnection = true
      throw new ApiError('TooManyRequests', 'The apiserver is shutting down, please try again later.', { details: { retryAfterSeconds: 5 } })
    }
    if (!long) throw new ApiError('ServiceUnavailable', 'apiserver is shutting down', { details: { retryAfterSeconds: 1 } })
  }

  #finished(request: ServerRequest): void {
    request.end()
    if (!isLongRunning(request.info)) {
      if (--this.#short === 0) this.#whenIdle?.()
    } else if (this.#long.delete(request) && this.#long.size === 0) this.#whenLongEnded?.()
  }

  #untilClosed(request: ServerRequest, socket: Duplex, takeOver: () => void): void {
    socket.once('close', () => this.#finished(request))
    takeOver()
  }

  async *#untilEnded(request: ServerRequest, body: AsyncIterable<BodyChunk>): AsyncGenerator<BodyChunk> {
    try {
      yield* body
    } finally {
      this.#finished(request)
    }
  }
}

const isExempt = ({ rawPath, headers, source }: ServerRequest) =>
  source.isInProcess || exemptPaths.some((path) => rawPath.startsWith(path)) || (headers['user-agent']?.startsWith(loopbackAgent) ?? false)
