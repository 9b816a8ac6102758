import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from './go-utf8.ts'

// Go: strings.ToValidUTF8 byte by byte, as range over a string and encoding/json do it.
test.each<[string, number[], string]>([
  ['ASCII', [0x61], 'a'],
  ['a character of four bytes', [0xf0, 0x9f, 0x98, 0x80], '😀'],
  ['U+FFFD itself', [0xef, 0xbf, 0xbd], '\ufffd'],
  ['a continuation alone', [0x80, 0x61], '\ufffda'],
  ['overlong: C0 never begins anything', [0xc0, 0x80], '\ufffd\ufffd'],
  ['cut off after one of two', [0xc3], '\ufffd'],
  ['cut off after two of three', [0xe2, 0x82, 0x61], '\ufffd\ufffda'],
  ['cut off after three of four', [0xf0, 0x9f, 0x98], '\ufffd\ufffd\ufffd'],
  ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
  ['a surrogate', [0xed, 0xb0, 0x80], '\ufffd\ufffd\ufffd'],
  ['valid after invalid', [0xff, 0xc3, 0xa9], '\ufffdé'],
])('%s', (_, bytes, expected) => expect(utf8(Uint8Array.from(bytes))).toBe(expected))

const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\ufffd', '\u07ff', '\ud7ff', '\u{10ffff}') })

test('what is valid is read as it is, also around what is not', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      expect(utf8(Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]))).toBe(`${before}\ufffd${after}`)
    }),
  )
})
