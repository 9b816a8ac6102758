import { expect, test } from 'vitest'
import { canonicalBase64 } from './base64.ts'
import { Visit } from './visit.ts'

function read(text: string): string {
  const visit = new Visit()
  const canonical = canonicalBase64(text, visit)
  visit.finish()
  return canonical
}

test.each([
  ['', ''],
  ['YQ==', 'YQ=='],
  // Bits that no byte has are dropped, and so are line breaks.
  ['YR==', 'YQ=='],
  ['Y\nQ=\n=\r\n', 'YQ=='],
])('%j is %j', (text, canonical) => expect(read(text)).toBe(canonical))

// Source: Go 1.25 encoding/base64 base64_test.go (TestDecodeCorrupt).
test.each([
  ['!!!!', 0],
  ['====', 0],
  ['x===', 1],
  ['=AAA', 0],
  ['A=AA', 1],
  ['AA=A', 2],
  ['AA==A', 4],
  ['AAA=AAAA', 4],
  ['AAAAA', 4],
  ['AAAAAA', 4],
  ['A=', 1],
  ['A==', 1],
  ['AA=', 3],
  ['AAAAAA=', 7],
  ['YWJjZA=====', 8],
  ['A!\n', 1],
  ['A=\n', 1],
  // A group that is cut short is counted back from the end, line breaks and all.
  ['AAA\n', 1],
])('%j is corrupt at %d', (text, at) => expect(() => read(text)).toThrow(new RegExp(`^illegal base64 data at input byte ${at}$`)))
