// Compression of answers. Source: k8s.io/apiserver pkg/endpoints/handlers/responsewriters/writers.go (deferredResponseWriter, KEP-156).
import { promisify } from 'node:util'
import { constants, createGzip, type Gzip, gzip } from 'node:zlib'
import type { BodyChunk } from './api-request.ts'
import { join } from './send-buffers.ts'
import type { ServerRequest } from './server-request.ts'

/** Below this, compressing costs more than it saves. Upstream's threshold. */
const gzipBytesMin = 128 * 1024
const level = constants.Z_BEST_SPEED
const compress = promisify(gzip)

export const acceptsGzip = ({ method, headers }: ServerRequest) =>
  method === 'GET' && /\bgzip\b(?!\s*;\s*q=0(?:\.0+)?\s*(?:,|$))/.test(headers['accept-encoding'] ?? '')

const piecesOf = (chunk: BodyChunk): readonly Uint8Array[] => (typeof chunk === 'string' ? [Buffer.from(chunk)] : chunk instanceof Uint8Array ? [chunk] : chunk)

/** Whether an answer that begins with `chunk` is large enough. */
export const isWorthGzip = (chunk: BodyChunk): boolean => piecesOf(chunk).reduce((sum, { byteLength }) => sum + byteLength, 0) >= gzipBytesMin

/** A whole answer, compressed beside the event loop. */
export const gzipped = (bytes: Uint8Array): Promise<Uint8Array> => compress(bytes, { level })

/** The same of an answer in parts, which are read as fast as the result is. */
export async function* gzippedParts(parts: AsyncIterable<BodyChunk>): AsyncGenerator<Uint8Array> {
  const stream = createGzip({ level, chunkSize: 64 << 10 })
  const feeding = feed(parts, stream).catch((error: unknown) => void stream.destroy(error as Error))
  yield* stream as AsyncIterable<Uint8Array>
  await feeding
}

async function feed(parts: AsyncIterable<BodyChunk>, stream: Gzip): Promise<void> {
  for await (const part of parts) {
    if (stream.destroyed) return
    const { bytes, release } = join(piecesOf(part))
    // Called back when the bytes have been compressed and the result has been taken, or the stream is gone.
    await new Promise<void>((resolve) => stream.write(bytes, () => resolve()))
    release()
  }
  stream.end()
}
