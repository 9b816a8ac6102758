// Whether a body may cost more than its size says. Bytes are cheap, values are not: three megabytes of text in one ConfigMap key are
// decoded in milliseconds, a million empty objects of the same size in a second.
import { isUtf8 } from 'node:buffer'
import { ApiError } from '../../../apimachinery/api-error.ts'
import { isObject, isRaw } from '../../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../../apimachinery/json-value.ts'

/** Whatever fits in so many bytes is decoded in a few milliseconds. */
export const smallBytesMax = 64 * 1024
/** Decoded in about 30 ms at worst. */
const sparseMarksMax = 20_000
/**
 * Weight of an object that is worked on. A value (member, element) weighs one, in a map or list of thousands five: there, ownership of fields,
 * validation and encoding each take some 5 µs for it, so that each is done within 100 ms. The largest CustomResourceDefinitions in use weigh
 * about 40,000.
 */
const objectWeightMax = 50_000
/** Weight of a body, with all that nobody knows: beyond, it is not even converted. */
export const bodyWeightMax = 1_000_000
/** Of managedFields, which clients send back as they came: read and compared, but neither validated nor defaulted. */
const managedFieldsWeightMax = 100_000
const largeContainerMin = 1000
const largeContainerFactor = 5

const isMark = new Uint8Array(256)
for (const mark of ',:[{') isMark[mark.charCodeAt(0)] = 1

/** Whether decoding these bytes of JSON may take long: because of their number of values, or because Go reads them otherwise than Node. */
export const isCostly = (body: Uint8Array) => isDense(body) || !isUtf8(body)

/** An upper bound: in JSON, every value but the first follows one of these bytes. Those within strings count, too. */
export function isDense(body: Uint8Array): boolean {
  let marks = 0
  for (let at = 0; at < body.length; at++) marks += isMark[body[at]!]!
  return marks > sparseMarksMax
}

/** Stops soon after `enough`. */
function weightOf(roots: readonly JsonValue[], enough: number): number {
  let weight = 0
  const open = roots.filter(isContainer)
  while (open.length > 0 && weight <= enough) {
    const next = open.pop()!
    const members = Array.isArray(next) ? next : Object.values(next)
    weight += members.length * (members.length < largeContainerMin ? 1 : largeContainerFactor)
    for (const member of members) if (isContainer(member)) open.push(member)
  }
  return weight
}

const isContainer = (value: JsonValue): value is JsonObject | JsonValue[] => typeof value === 'object' && value !== null && !isRaw(value)

/** @throws {ApiError} 413 when `values` together are heavier than `weightMax`. Not upstream's: there the bytes alone count. */
export function refuseTooManyValues(values: readonly JsonValue[], weightMax = objectWeightMax): void {
  if (weightOf(values, weightMax) <= weightMax) return
  throw new ApiError('RequestEntityTooLarge', 'Request entity too large: the object holds too many values')
}

/**
 * An object or a part of one; who owns its fields weighs on its own.
 * @param given a client has sent its managedFields: false when they are the server's
 * @throws {ApiError} 413
 */
export function refuseHeavyObject(value: JsonValue, given: boolean): void {
  const metadata = isObject(value) ? value['metadata'] : undefined
  if (!isObject(value) || !isObject(metadata) || !Object.hasOwn(metadata, 'managedFields')) return refuseTooManyValues([value])
  const { managedFields, ...others } = metadata
  refuseTooManyValues([{ ...value, metadata: others }])
  if (given) refuseTooManyValues([managedFields!], managedFieldsWeightMax)
}
