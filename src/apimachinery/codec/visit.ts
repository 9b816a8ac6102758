// One walk over one value: where we are, what is wrong so far, and Go's words for it.
// Source: sigs.k8s.io/json internal/golang/encoding/json decode.go (errorContext, saveError, saveStrictError).
import type { JsonValue } from '../json-value.ts'
import { DecodeError } from './codec.ts'
import { jsonTypeOf } from './find-type.ts'
import { strictErrorsMax } from './json-scan.ts'

/** A step of the path: a struct's field, an index, or (in a list of one) the key of a map. */
type Step = string | number | readonly [string]

export class Visit {
  /** Steps to the value in hand; of a scalar, to the struct it is a field of. */
  readonly path: Step[] = []
  /** Innermost struct's Go name, and the field of it that is being read, if that is not in the path. */
  struct = ''
  field = ''
  /** Within values that Go hands to a decoder of their own, strict errors are not reported. */
  quiet = 0
  readonly strictErrors: string[] = []
  /** Go goes on after the first type error and reports that one in the end. */
  #error: string | undefined
  readonly #duplicates: ReadonlySet<string>

  constructor(duplicates: readonly string[] = []) {
    this.#duplicates = new Set(duplicates)
  }

  get hasDuplicates(): boolean {
    return this.#duplicates.size > 0
  }

  /** A value of the wrong JSON type. Go leaves the field alone and goes on. */
  mismatch(value: JsonValue, goType: string): void {
    this.#error ??= this.#mismatchText(jsonTypeOf(value), goType)
  }

  /** A number that an integer cannot hold. */
  misfit(literal: string, goType: string): void {
    this.#error ??= this.#mismatchText(`number ${literal}`, goType)
  }

  /** What a type's own decoder says ends the walk. */
  fail(message: string): never {
    throw new DecodeError(message)
  }

  failMismatch(value: JsonValue, goType: string): never {
    throw new DecodeError(this.#mismatchText(jsonTypeOf(value), goType))
  }

  failMisfit(literal: string, goType: string): never {
    throw new DecodeError(this.#mismatchText(`number ${literal}`, goType))
  }

  save(message: string): void {
    this.#error ??= message
  }

  unknownField(key: string): void {
    if (this.quiet === 0 && this.strictErrors.length < strictErrorsMax) this.#strict(`unknown field "${this.pathOf(key)}"`)
  }

  /** To be asked for every key while {@link hasDuplicates}. */
  checkDuplicate(key: string): void {
    const path = this.pathOf(key)
    if (this.#duplicates.has(path)) this.#strict(`duplicate field "${path}"`)
  }

  /** @throws {DecodeError} the first type error, if there was one */
  finish(): void {
    if (this.#error !== undefined) throw new DecodeError(this.#error)
  }

  /** `spec.containers[0].key` */
  pathOf(key: string): string {
    let path = ''
    for (const step of this.path) path += typeof step === 'number' ? `[${step}]` : (path ? '.' : '') + (typeof step === 'string' ? step : step[0])
    return path ? `${path}.${key}` : key
  }

  #strict(message: string): void {
    if (this.quiet > 0 || this.strictErrors.length >= strictErrorsMax || this.strictErrors.includes(message)) return
    this.strictErrors.push(message)
  }

  #mismatchText(value: string, goType: string): string {
    if (this.struct === '') return `json: cannot unmarshal ${value} into Go value of type ${goType}`
    const fields = this.path.filter((step) => typeof step === 'string')
    return `json: cannot unmarshal ${value} into Go struct field ${this.struct}.${[...fields, ...(this.field ? [this.field] : [])].join('.')} of type ${goType}`
  }
}

/** `io.k8s.api.core.v1.Pod` -> `v1.Pod`; scalars as Go names them. */
export function goTypeName(type: string): string {
  if (type === 'bytes') return '[]uint8'
  if (type === 'double') return 'float64'
  return type.split('.').slice(-2).join('.')
}
