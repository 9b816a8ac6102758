import { expect, test } from 'vitest'
import { lines } from './watch-frames.ts'

async function split(chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  async function* body() {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  }
  return Array.fromAsync(lines(body()))
}

const umlaut = Buffer.from('{"a":"ü"}\n')

for (const { name, chunks, expected } of [
  { name: 'one line in one chunk', chunks: ['{"a":1}\n'], expected: ['{"a":1}'] },
  { name: 'two lines in one chunk', chunks: ['1\n2\n'], expected: ['1', '2'] },
  { name: 'a line over three chunks', chunks: ['{"a"', ':', '1}\n'], expected: ['{"a":1}'] },
  { name: 'a chunk ends inside a UTF-8 sequence', chunks: [umlaut.subarray(0, 7), umlaut.subarray(7)], expected: ['{"a":"ü"}'] },
  { name: 'the last line needs no newline', chunks: ['1\n2'], expected: ['1', '2'] },
  { name: 'empty lines are skipped', chunks: ['\n1\n\r\n'], expected: ['1'] },
]) {
  test(name, async () => expect(await split(chunks)).toEqual(expected))
}

test('a line without end is refused', async () => {
  const mebibyte = Buffer.alloc(1024 * 1024, 0x20)
  await expect(split(Array.from({ length: 17 }, () => mebibyte))).rejects.toThrow(RangeError)
})
