import { CelBytes, CelList, CelMap, type CelValue } from './value.ts'

const highSurrogate = /[\ud800-\udbff]/

/** Code points, as Go counts runes: a lone surrogate is one. */
export function codePointCount(text: string): number {
  // A text of Latin-1 needs no look at its characters.
  if (!highSurrogate.test(text)) return text.length
  let count = text.length
  for (let i = 0; i + 1 < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) !== 0xd800 || (text.charCodeAt(i + 1) & 0xfc00) !== 0xdc00) continue
    count--
    i++
  }
  return count
}

/** `size(x)`; `undefined` for values without a size. */
export function sizeOf(value: CelValue): number | undefined {
  if (typeof value === 'string') return codePointCount(value)
  if (value instanceof CelList || value instanceof CelMap) return value.size
  return value instanceof CelBytes ? value.value.length : undefined
}
