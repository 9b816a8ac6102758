import { CelBytes, CelList, CelMap, type CelValue } from './value.ts'

const highSurrogate = /[\ud800-\udbff]/

/** Whether characters are to be counted: of most texts their number is the length, and known at once. */
export const hasAstral = (text: string): boolean => highSurrogate.test(text)

/** Code points, as Go counts runes: a lone surrogate is one. */
export function codePointCount(text: string): number {
  // A text of Latin-1 needs no look at its characters.
  if (!hasAstral(text)) return text.length
  let count = text.length
  for (let i = 0; i + 1 < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) !== 0xd800 || (text.charCodeAt(i + 1) & 0xfc00) !== 0xdc00) continue
    count--
    i++
  }
  return count
}

/** Where a code point begins, in UTF-16 units; the length of the text for the one after the last. @param index from 0 to their number */
export function unitIndex(text: string, index: number): number {
  if (!hasAstral(text)) return index
  let unit = 0
  for (let i = 0; i < index; i++) unit += text.codePointAt(unit)! > 0xffff ? 2 : 1
  return unit
}

/** `size(x)`; `undefined` for values without a size. */
export function sizeOf(value: CelValue): number | undefined {
  if (typeof value === 'string') return codePointCount(value)
  if (value instanceof CelList || value instanceof CelMap) return value.size
  return value instanceof CelBytes ? value.value.length : undefined
}
