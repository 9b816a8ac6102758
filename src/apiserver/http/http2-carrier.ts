import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Writable } from 'node:stream'
import type { Carrier } from './carry.ts'
import type { Peer } from './peer.ts'
import type { ResponseHeaders } from './respond.ts'
import type { RequestSource } from './server-request.ts'

/** One stream of the core API (not the compatibility layer, which costs a third of the throughput). */
export class Http2Carrier implements Carrier {
  readonly source: RequestSource
  readonly #stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[], peer: Peer) {
    this.#stream = stream
    this.source = {
      method: headers[':method'] as string,
      target: (headers[':path'] as string | undefined) ?? '/',
      headers: headers as Record<string, string | undefined>,
      headerValues: (name) => rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1] === name),
      remoteAddress: peer.remoteAddress,
      clientCertificate: peer.clientCertificate,
      wantsUpgrade: false,
      isHttp2: true,
      body: stream.endAfterHeaders ? undefined : stream,
    }
  }

  whole(status: number, headers: ResponseHeaders, body: Uint8Array | undefined): void {
    const stream = this.#stream
    if (stream.destroyed || stream.headersSent) return
    this.#takeConnection(headers)
    if (!body) stream.respond({ ':status': status, ...headers }, { endStream: true })
    else {
      stream.respond({ ':status': status, 'content-length': body.byteLength, ...headers })
      stream.end(body)
    }
    this.#discardUnread()
  }

  start(status: number, headers: ResponseHeaders): Writable {
    if (!this.#stream.destroyed) {
      this.#takeConnection(headers)
      this.#stream.respond({ ':status': status, ...headers })
    }
    return this.#stream
  }

  abort(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  onClose(fn: () => void): void {
    this.#stream.once('close', fn)
  }

  /** h2 has no Connection header: `close` is a GOAWAY, and the session ends with its last stream. */
  #takeConnection(headers: ResponseHeaders): void {
    if (headers['connection'] === undefined) return
    delete headers['connection']
    this.#stream.session?.close()
  }

  /** A body that nobody read would hold the connection's flow-control window for ever. */
  #discardUnread(): void {
    const stream = this.#stream
    if (stream.endAfterHeaders || stream.readableEnded) return
    stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR))
  }
}
