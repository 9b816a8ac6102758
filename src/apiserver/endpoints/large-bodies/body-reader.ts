// Reads the bodies of writes: small and sparse ones at once, the others in a thread of their own, so that no body, however it is made, holds
// the event loop. The thread starts with the first body that needs it and ends when none has come for a while.
import { Worker } from 'node:worker_threads'
import { ApiError } from '../../../apimachinery/api-error.ts'
import type { Codec } from '../../../apimachinery/codec/codec.ts'
import type { Clock, Timer } from '../../../util/clock.ts'
import { type Answer, type Job, type Read, readAnswer, type Reading, type Recording, textOf } from './decode.ts'
import { isCostly, smallBytesMax } from './density.ts'

/** The worst known body of 3 MiB takes about four seconds. A thread that takes longer is ended. */
const readMsMax = 20_000
const idleMsMax = 30_000
/** Of a body and all that is made of it. */
const heapMib = 512

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

export class BodyReader {
  readonly #codec: Codec
  readonly #clock: Clock
  #worker: Worker | undefined
  #timer: Timer | undefined
  #ids = 0
  readonly #waiting = new Map<number, Waiting>()

  constructor(codec: Codec, clock: Clock) {
    this.#codec = codec
    this.#clock = clock
  }

  /**
   * Whether a body is left to the thread. Of JSON the bytes tell; other forms hide how many values they hold.
   * @param isJson the body is meant to be JSON
   */
  isLarge(body: Uint8Array, isJson: boolean): boolean {
    return body.length > smallBytesMax && (!isJson || isCostly(body))
  }

  /** Reads a body in the thread. @throws {ApiError} also 413 for more values than are worked on, 504 when it takes too long */
  async readLarge(body: Uint8Array, reading: Exclude<Reading, Recording>): Promise<Read> {
    return readAnswer(this.#codec, await this.#answered(body, reading))
  }

  /** The JSON of a patch, made in the thread. @throws {ApiError} as above */
  async readLargeText(body: Uint8Array, reading: Recording): Promise<string> {
    return textOf(await this.#answered(body, reading))
  }

  #answered(body: Uint8Array, reading: Reading): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const id = ++this.#ids
    this.#waiting.set(id, { resolve, reject })
    const own = new Uint8Array(body)
    this.#started().postMessage({ id, body: own, reading } satisfies Job, [own.buffer])
    this.#watch()
    return promise
  }

  /** Ends the thread; who still waits is refused. */
  async close(): Promise<void> {
    await this.#stop(new ApiError('ServiceUnavailable', 'the server is shutting down'))
  }

  #started(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('./decode-worker.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: heapMib } })
    worker.on('message', (answer: Answer) => this.#settle(answer))
    worker.on('error', (cause) => void this.#failed(worker, cause))
    worker.unref()
    return (this.#worker = worker)
  }

  #settle(answer: Answer): void {
    this.#waiting.get(answer.id)?.resolve(answer)
    this.#waiting.delete(answer.id)
    this.#watch()
  }

  /** Gives the body at hand its time, or, without one, the thread a last while. */
  #watch(): void {
    this.#timer?.cancel()
    const busy = this.#waiting.size > 0
    this.#timer = this.#clock.after(busy ? readMsMax : idleMsMax, () => {
      void this.#stop(new ApiError('Timeout', 'request did not complete within the allotted timeout'))
    })
  }

  /** Out of memory, or a fault of the codec: those who wait are told, the next body starts a new thread. */
  async #failed(worker: Worker, cause: unknown): Promise<void> {
    if (worker !== this.#worker) return
    await this.#stop(new ApiError('InternalError', 'the body of the request could not be read', { cause }))
  }

  async #stop(error: ApiError): Promise<void> {
    this.#timer?.cancel()
    const worker = this.#worker
    this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
    await worker?.terminate()
  }
}
