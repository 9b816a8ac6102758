import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { gzippedParts } from './gzip.ts'

/** Bytes that do not get shorter, so that a reader has to take them before more are compressed. */
const part = randomBytes(300_000)

test('all forms of parts come back, in their order', async () => {
  async function* parts() {
    yield 'a'
    yield part
    yield [Buffer.from('b'), part.subarray(0, 10)]
  }
  const chunks = await Array.fromAsync(gzippedParts(parts()))
  expect(gunzipSync(Buffer.concat(chunks)).equals(Buffer.concat([Buffer.from('a'), part, Buffer.from('b'), part.subarray(0, 10)]))).toBe(true)
})

test('a reader that leaves ends the source', async () => {
  const ended = Promise.withResolvers<number>()
  async function* parts() {
    let given = 0
    try {
      for (; given < 1000; given++) yield part
    } finally {
      ended.resolve(given)
    }
  }
  for await (const chunk of gzippedParts(parts())) if (chunk.length > 0) break
  expect(await ended.promise).toBeLessThan(10)
})

test('a source that fails fails the reader', async () => {
  async function* parts() {
    yield part
    throw new Error('no more')
  }
  await expect(Array.fromAsync(gzippedParts(parts()))).rejects.toThrow('no more')
})
