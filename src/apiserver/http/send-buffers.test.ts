import { expect, test } from 'vitest'
import { joinShort } from './send-buffers.ts'

const piece = (length: number, text: string) => Buffer.alloc(length, text)
const shown = (pieces: readonly Uint8Array[]) => [...joinShort(pieces)].map(({ bytes }) => `${String.fromCharCode(bytes[0]!)}${bytes.byteLength}`)

test.each([
  ['what is short goes together', [10, 20, 30], ['a60']],
  ['also when there is a long piece, if all of it has room in one buffer', [10, 100_000, 30], ['a100040']],
  [
    'long pieces go by themselves, with what is short between them',
    [10, 20, 400_000, 30, 40, 70_000, 80_000, 50],
    ['a30', 'c400000', 'd70', 'f70000', 'g80000', 'h50'],
  ],
  ['at the ends, too', [400_000], ['a400000']],
])('%s', (_, lengths, parts) => {
  expect(shown(lengths.map((length, index) => piece(length, String.fromCharCode(97 + index))))).toEqual(parts)
})

test('a long piece is not copied', () => {
  const long = piece(900_000, 'x')
  const [, only] = [...joinShort([piece(1, '{'), long, piece(1, '}')])]
  expect(only!.bytes).toBe(long)
})
