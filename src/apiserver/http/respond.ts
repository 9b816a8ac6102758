// From an ApiResponse to bytes on whatever carried the request. Common headers, compression and backpressure live here.
import type { Writable } from 'node:stream'
import type { Clock } from '../../util/clock.ts'
import type { ApiResponse, BodyChunk } from './api-request.ts'
import { acceptsGzip, gzipped, gzippedParts, isWorthGzip } from './gzip.ts'
import { joinShort } from './send-buffers.ts'
import type { ServerRequest } from './server-request.ts'

export type ResponseHeaders = Record<string, string | readonly string[]>

/** The sending side of a carrier. */
export interface ResponseSink {
  /** Sends status, headers and the whole body (if any), and ends the answer. */
  whole(status: number, headers: ResponseHeaders, body: Uint8Array | undefined): void
  /** Sends status and headers at once; the body follows on the returned stream. */
  start(status: number, headers: ResponseHeaders): Writable
  /** Cuts an answer off that has begun, so that the client does not take it for complete. */
  abort(): void
}

/** A client that has not read a byte for so long is cut off; until then its stream is not read further either. */
const stalledMsMax = 120_000

/** Headers every answer carries, then those of the handler. */
export function headersOf(request: ServerRequest, response: ApiResponse): ResponseHeaders {
  const headers: ResponseHeaders = { 'cache-control': 'no-cache, private', 'audit-id': request.auditId }
  const warnings = request.warnings.texts
  if (warnings.length > 0) headers['warning'] = warnings.map(warningHeader)
  if (request.closeConnection) headers['connection'] = 'close'
  return Object.assign(headers, request.flowControlHeaders, response.headers)
}

/** RFC 7234 section 5.5, as k8s.io/apimachinery pkg/util/net NewWarningHeader writes it. */
function warningHeader(message: string): string {
  if (/^[ !#-[\]-~]*$/.test(message)) return `299 - "${message}"`
  const text = message.replace(/[\p{Cc}]/gu, ' ').replace(/[\\"]/g, '\\$&')
  return `299 - "${Buffer.from(text).toString('latin1')}"`
}

/** @throws what the handler's body stream throws, after the answer has been cut off */
export async function respond(request: ServerRequest, response: ApiResponse, sink: ResponseSink, clock: Clock): Promise<void> {
  const headers = headersOf(request, response)
  const { status, body } = response
  if (request.method === 'HEAD' || body === undefined) return sink.whole(status, headers, undefined)
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    if (headers['content-encoding'] || !isWorthGzip(bytes) || !acceptsGzip(request)) return sink.whole(status, headers, bytes)
    return sink.whole(status, Object.assign(headers, gzipHeaders), await gzipped(bytes))
  }
  if (!response.isDocument || !acceptsGzip(request)) return send(sink.start(status, headers), body, sink, clock)
  // The beginning of a document tells whether it is worth compressing.
  const parts = body[Symbol.asyncIterator]()
  const first = await parts.next().catch((error: unknown) => {
    sink.abort()
    throw error
  })
  const whole = resumed(first, parts)
  if (first.done || !isWorthGzip(first.value)) return send(sink.start(status, headers), whole, sink, clock)
  return send(sink.start(status, Object.assign(headers, gzipHeaders)), gzippedParts(whole), sink, clock)
}

const gzipHeaders = { 'content-encoding': 'gzip', vary: 'Accept-Encoding' }

async function* resumed(first: IteratorResult<BodyChunk>, rest: AsyncIterator<BodyChunk>): AsyncGenerator<BodyChunk> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

async function send(stream: Writable, body: AsyncIterable<BodyChunk>, sink: ResponseSink, clock: Clock): Promise<void> {
  try {
    for await (const chunk of body) {
      if (stream.destroyed) return
      if (!write(stream, chunk)) await drained(stream, clock)
    }
    if (!stream.destroyed) stream.end()
  } catch (error) {
    sink.abort()
    throw error
  }
}

/** @returns false when the reader has to catch up first */
function write(stream: Writable, chunk: BodyChunk): boolean {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return stream.write(chunk)
  let goesOn = true
  for (const { bytes, release } of joinShort(chunk)) goesOn = stream.write(bytes, release)
  return goesOn
}

/** Resolves when the client has read, or is gone (the stream is then destroyed). */
function drained(stream: Writable, clock: Clock): Promise<void> {
  if (stream.destroyed) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const stalled = clock.after(stalledMsMax, () => stream.destroy())
  const done = () => {
    stalled.cancel()
    stream.off('drain', done)
    stream.off('close', done)
    resolve()
  }
  stream.on('drain', done)
  stream.on('close', done)
  return promise
}
