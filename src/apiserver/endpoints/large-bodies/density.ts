// Whether a body may cost more than its size says. Bytes are cheap, values are not: three megabytes of text in one ConfigMap key are
// decoded in milliseconds, a million empty objects of the same size in a second.
import { ApiError } from '../../../apimachinery/api-error.ts'
import { isRaw } from '../../../apimachinery/json-equal.ts'
import type { JsonValue } from '../../../apimachinery/json-value.ts'

/** Whatever fits in so many bytes is decoded in a few milliseconds. */
export const smallBytesMax = 64 * 1024
/** Decoded in about 30 ms at worst. */
const sparseMarksMax = 20_000
/**
 * Values (members, elements) of an object that is worked on: defaulting, ownership of fields, validation and encoding each take 1 to 2 µs for
 * each of them, so each is done within 100 ms. The largest CustomResourceDefinitions in use hold about 20,000.
 */
export const valuesMax = 50_000

const isMark = new Uint8Array(256)
for (const mark of ',:[{') isMark[mark.charCodeAt(0)] = 1

/** An upper bound: in JSON, every value but the first follows one of these bytes. Those within strings count, too. */
export function isDense(body: Uint8Array): boolean {
  let marks = 0
  for (let at = 0; at < body.length; at++) marks += isMark[body[at]!]!
  return marks > sparseMarksMax
}

/** Members and elements at all levels. Stops counting soon after `enough`. */
export function countValues(root: JsonValue, enough = valuesMax): number {
  let count = 0
  const open = [root]
  while (open.length > 0 && count <= enough) {
    const next = open.pop()!
    const members = Array.isArray(next) ? next : Object.values(next as object)
    count += members.length
    for (const member of members as JsonValue[]) if (typeof member === 'object' && member !== null && !isRaw(member)) open.push(member)
  }
  return count
}

/** @throws {ApiError} 413 when `value` holds more than {@link valuesMax} values. Not upstream's: there the size alone counts. */
export function refuseTooManyValues(value: JsonValue): void {
  if (typeof value !== 'object' || value === null || isRaw(value) || countValues(value) <= valuesMax) return
  throw new ApiError('RequestEntityTooLarge', `Request entity too large: the object holds more than ${valuesMax} values`)
}
