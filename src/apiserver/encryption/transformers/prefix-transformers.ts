// Several providers, or several keys of one provider, told apart by what a value begins with. The first writes, all read.
// Source: k8s.io/apiserver pkg/storage/value/transformer.go (prefixTransformers).
import { aggregateMessages } from '../../../apimachinery/field-errors.ts'
import { type ReadValue, startsWith, type Transformer } from './transformer.ts'

export interface PrefixTransformer {
  /** '' for identity. */
  readonly prefix: string
  readonly transformer: Transformer
}

/** Hears of every use: `direction` and `prefix` are labels of upstream's metrics. */
export type TransformationObserver = (direction: 'from_storage' | 'to_storage', prefix: string, startedMs: number, error: unknown) => void

export interface PrefixTransformersOptions {
  readonly transformers: readonly PrefixTransformer[]
  /** What is said of a value that none of the prefixes fits. */
  readonly noMatch: string
  readonly observe: TransformationObserver
  /** Monotonic milliseconds. */
  readonly now: () => number
}

interface Candidate extends PrefixTransformer {
  readonly bytes: Uint8Array
}

export class PrefixTransformers implements Transformer {
  readonly #options: PrefixTransformersOptions
  readonly #candidates: readonly Candidate[]

  constructor(options: PrefixTransformersOptions) {
    this.#options = options
    this.#candidates = options.transformers.map((each) => ({ ...each, bytes: Buffer.from(each.prefix) }))
  }

  fromStorage(data: Uint8Array, key: string): ReadValue | Promise<ReadValue> {
    return this.#tryFrom(0, data, key, this.#options.now(), [])
  }

  /**
   * Two providers of one kind share a prefix when one is being rotated away from, so that a failure never ends the search.
   * Goes on asynchronously only from the first provider that answers with a promise.
   */
  #tryFrom(first: number, data: Uint8Array, key: string, startedMs: number, errors: unknown[]): ReadValue | Promise<ReadValue> {
    for (let index = first; index < this.#candidates.length; index++) {
      const candidate = this.#candidates[index]!
      if (!startsWith(data, candidate.bytes)) continue
      const stale = index > 0
      try {
        const read = candidate.transformer.fromStorage(data.subarray(candidate.bytes.length), key)
        if (read instanceof Promise) {
          return read.then(
            (value) => this.#success(candidate, value, stale, startedMs),
            (error: unknown) => {
              this.#failure(candidate, error, startedMs, errors)
              return this.#tryFrom(index + 1, data, key, startedMs, errors)
            },
          )
        }
        return this.#success(candidate, read, stale, startedMs)
      } catch (error) {
        this.#failure(candidate, error, startedMs, errors)
      }
    }
    if (errors.length > 0) throw aggregated(errors)
    const error = new Error(this.#options.noMatch)
    this.#options.observe('from_storage', 'unknown', startedMs, error)
    throw error
  }

  #success({ prefix }: Candidate, { value, stale }: ReadValue, later: boolean, startedMs: number): ReadValue {
    this.#options.observe('from_storage', prefix || 'identity', startedMs, undefined)
    return { value, stale: stale || later }
  }

  #failure({ prefix }: Candidate, error: unknown, startedMs: number, errors: unknown[]): void {
    // Identity above an encrypting provider (the way back to plain values) meets encrypted ones: the next reads them.
    if (prefix === '') return
    this.#options.observe('from_storage', prefix, startedMs, error)
    errors.push(error)
  }

  toStorage(value: Uint8Array, key: string): Uint8Array {
    const { observe, now } = this.#options
    const { prefix, bytes, transformer } = this.#candidates[0]!
    const startedMs = now()
    try {
      const stored = transformer.toStorage(value, key)
      observe('to_storage', prefix, startedMs, undefined)
      return bytes.length === 0 ? stored : prefixed(bytes, stored)
    } catch (error) {
      observe('to_storage', prefix, startedMs, error)
      throw error
    }
  }
}

/** In memory of its own: the store keeps it without a copy. */
function prefixed(prefix: Uint8Array, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(prefix.length + data.length)
  whole.set(prefix)
  whole.set(data, prefix.length)
  return whole
}

/** One error as it is; several as Go prints an aggregate. */
function aggregated(errors: readonly unknown[]): unknown {
  if (errors.length === 1) return errors[0]
  return new Error(aggregateMessages(errors.map((error) => (error as Error).message)), { cause: errors[0] })
}
