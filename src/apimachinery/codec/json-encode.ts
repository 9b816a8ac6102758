import type { JsonObject } from '../json-value.ts'
import { DecodeError } from './codec.ts'

const escapes: { readonly [char: string]: string } = {
  '<': String.raw`\u003c`,
  '>': String.raw`\u003e`,
  '&': String.raw`\u0026`,
  '\u2028': String.raw`\u2028`,
  '\u2029': String.raw`\u2029`,
}
/** Outside of strings none of these occurs in JSON, so a replacement in the whole text is safe. */
const escapedAll = /[<>&\u2028\u2029]/g

/** Five searches by the machine's vector instructions are faster than one regular expression. */
const mayNeedEscapes = (text: string) => text.includes('<') || text.includes('>') || text.includes('&') || text.includes('\u2028') || text.includes('\u2029')

/** Each line of what is nested deeper would begin with thousands of spaces: the text would grow with the square of the depth. */
const indentedLevelsMax = 500

function isNestedWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((member) => isNestedWithin(member, levels - 1))
}

/**
 * @param indent spaces of each level; left out, or for what is nested hundreds of levels deep: all in one line
 * @throws {DecodeError} if the object is nested so deeply that it cannot be written
 */
export function encodeJson(object: JsonObject, indent?: number): string {
  let text: string
  try {
    text = JSON.stringify(object, null, indent !== undefined && isNestedWithin(object, indentedLevelsMax) ? indent : undefined)
  } catch (cause) {
    if (cause instanceof RangeError) throw new DecodeError('exceeded max depth', { cause })
    throw cause
  }
  return mayNeedEscapes(text) ? text.replace(escapedAll, (char) => escapes[char]!) : text
}
