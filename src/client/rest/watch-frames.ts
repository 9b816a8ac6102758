// A watch answer is one JSON document a line. Chunks end anywhere, also inside a UTF-8 sequence.

/** Longest line taken: an object of at most 3 MiB, escaped, with its frame. Longer means that the peer is not an API server. */
const lineBytesMax = 16 * 1024 * 1024

const newline = 0x0a

/**
 * Splits a stream into lines, without the newline; empty lines are skipped. Reads on only when asked for the next line.
 * @throws {RangeError} for a line above the bound
 */
export async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  for await (const chunk of body) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const text = decode(pending, chunk.subarray(start, end))
      pending = []
      pendingBytes = 0
      start = end + 1
      if (text) yield text
    }
    if (start === chunk.length) continue
    pending.push(chunk.subarray(start))
    pendingBytes += chunk.length - start
    if (pendingBytes > lineBytesMax) throw new RangeError(`watch frame longer than ${lineBytesMax} bytes`)
  }
  const rest = decode(pending, new Uint8Array())
  if (rest) yield rest
}

function decode(pending: readonly Uint8Array[], last: Uint8Array): string {
  const bytes = pending.length ? Buffer.concat([...pending, last]) : Buffer.from(last.buffer, last.byteOffset, last.byteLength)
  return bytes.toString('utf8').trim()
}
