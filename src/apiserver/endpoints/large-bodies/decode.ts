// What is done to a body beside the event loop, and how it travels between the threads. Objects come back as text: of a body full of
// fields that nobody knows little is left, and what is left is parsed in one go.
import { ApiError, type ApiErrorOptions, type StatusReason } from '../../../apimachinery/api-error.ts'
import type { Codec } from '../../../apimachinery/codec/codec.ts'
import { getMember, isObject } from '../../../apimachinery/json-equal.ts'
import type { JsonValue } from '../../../apimachinery/json-value.ts'
import { requireOperationsMax } from '../../../apimachinery/patch/json-patch.ts'
import { type BodyKind, decodeBody } from '../body.ts'
import { parseConfiguration } from '../configuration.ts'
import { parseDeleteOptions } from '../delete-options-body.ts'
import type { Format } from '../negotiation.ts'
import { parsePatch, type PatchType } from '../patch-document.ts'
import type { FieldValidation } from '../query-options.ts'
import { patchAsJson } from '../recorded-patch.ts'
import { bodyWeightMax, refuseHeavyObject, refuseTooManyValues } from './density.ts'

/** What a body is to be read as. */
export type Reading =
  | { readonly as: 'object'; readonly format: Format; readonly expected: BodyKind; readonly validation: FieldValidation }
  | { readonly as: 'patch'; readonly type: Exclude<PatchType, 'apply'>; readonly validation: FieldValidation }
  | { readonly as: 'configuration' }
  | { readonly as: 'delete-options'; readonly format: Format }
  | Recording

/** A patch for the audit log. */
export interface Recording {
  readonly as: 'record'
  readonly isYaml: boolean
}

/** A body as it was read; `complaints` are warnings of an object, and what strict validation says of a patch or configuration. */
export interface Read {
  readonly value: JsonValue
  readonly complaints: readonly string[]
}

export interface Job {
  readonly id: number
  readonly body: Uint8Array
  readonly reading: Reading
}

export type Answer = { readonly id: number } & (
  | { readonly text: string; readonly complaints: readonly string[] }
  | { readonly refusal: Pick<ApiError, 'reason' | 'message'> & ApiErrorOptions }
  | { readonly failure: string }
)

/** @throws {ApiError} as the endpoints answer it */
function readBody(codec: Codec, body: Uint8Array, reading: Exclude<Reading, Recording>): Read {
  if (reading.as === 'configuration') {
    const { configuration, complaints } = parseConfiguration(codec, body)
    return { value: configuration, complaints }
  }
  if (reading.as === 'patch') return parsePatch(codec, reading.type, body, reading.validation)
  if (reading.as === 'delete-options') return { value: parseDeleteOptions(codec, body, reading.format), complaints: [] }
  const complaints: string[] = []
  const { format, expected, validation } = reading
  return { value: decodeBody(codec, body, format, expected, validation, (message) => complaints.push(message)) as unknown as JsonValue, complaints }
}

/** Operations may be many; it is what they bring that is weighed. @throws {ApiError} 413 */
function checkOperations(patch: JsonValue): void {
  requireOperationsMax(patch)
  if (Array.isArray(patch)) refuseTooManyValues(patch.map((operation) => (isObject(operation) ? (getMember(operation, 'value') ?? null) : null)))
}

/** Parses no more than is worth converting. */
function weighing(codec: Codec): Codec {
  const weighed = <T extends { readonly value: JsonValue }>(parsed: T): T => {
    refuseTooManyValues([parsed.value], bodyWeightMax)
    return parsed
  }
  return { ...codec, parseJson: (body, options) => weighed(codec.parseJson(body, options)), parseYaml: (body) => weighed(codec.parseYaml(body)) }
}

/** More than the headers of an answer take, and than anybody reads. */
const complaintsMax = 5000
const messageCharsMax = 256 * 1024

/** Never throws. */
export function answer(codec: Codec, { id, body, reading }: Job): Answer {
  try {
    if (reading.as === 'record') return { id, text: patchAsJson(weighing(codec), body, reading.isYaml), complaints: [] }
    const { value, complaints } = readBody(weighing(codec), body, reading)
    if (reading.as === 'patch' && reading.type === 'json') checkOperations(value)
    else refuseHeavyObject(value, true)
    return { id, text: JSON.stringify(value), complaints: complaints.slice(0, complaintsMax) }
  } catch (error) {
    if (!(error instanceof ApiError)) return { id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    const { reason, code, details } = error
    const message = error.message.slice(0, messageCharsMax)
    return { id, refusal: { reason, message, code, ...(details ? { details } : {}) } }
  }
}

/** @throws {ApiError} the refusal; {Error} the failure */
export function readAnswer(codec: Codec, result: Answer): Read {
  return { value: codec.parseJson(textOf(result)).value, complaints: 'complaints' in result ? result.complaints : [] }
}

/** @throws {ApiError} the refusal; {Error} the failure */
export function textOf(result: Answer): string {
  if ('text' in result) return result.text
  if ('failure' in result) throw new Error(result.failure)
  const { reason, message, ...options } = result.refusal
  throw new ApiError(reason as StatusReason | '', message, options)
}
