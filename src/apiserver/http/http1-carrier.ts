import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex, Writable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { atEndOfTurn } from './answer-batch.ts'
import type { Carrier } from './carry.ts'
import { peerOf } from './peer.ts'
import type { ResponseHeaders } from './respond.ts'
import type { RequestSource } from './server-request.ts'

/** One HTTP/1.1 message, perhaps one that asks for an upgrade. */
export class Http1Carrier implements Carrier {
  readonly source: RequestSource
  readonly #response: ServerResponse
  readonly #upgrade: { readonly socket: Duplex; readonly head: Uint8Array } | undefined

  constructor(message: IncomingMessage, response: ServerResponse, upgrade?: { readonly socket: Duplex; readonly head: Uint8Array }) {
    const peer = peerOf(message.socket as TLSSocket)
    const { rawHeaders } = message
    this.#response = response
    this.#upgrade = upgrade
    this.source = {
      method: message.method ?? 'GET',
      target: originForm(message.url ?? '/'),
      headers: message.headers as Record<string, string | undefined>,
      headerValues: (name) => rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name),
      remoteAddress: peer.remoteAddress,
      clientCertificate: peer.clientCertificate,
      wantsUpgrade: upgrade !== undefined,
      body: hasBody(message) ? message : undefined,
    }
  }

  /** For an upgrade request that is answered like any other: the answer ends the connection, for its body was never framed. */
  static forUpgrade(message: IncomingMessage, socket: Duplex, head: Uint8Array): Http1Carrier {
    const response = new ServerResponse(message)
    response.shouldKeepAlive = false
    return new Http1Carrier(message, response, { socket, head })
  }

  whole(status: number, headers: ResponseHeaders, body: Uint8Array | undefined): void {
    if (!this.#claim() || this.#response.headersSent) return
    const closing = status === 413 || status === 504 ? { connection: 'close' } : {}
    this.#response.writeHead(status, { ...(headers as Record<string, string | string[]>), 'content-length': body?.byteLength ?? 0, ...closing })
    atEndOfTurn(() => this.#response.end(body))
  }

  start(status: number, headers: ResponseHeaders): Writable {
    if (this.#claim() && !this.#response.headersSent) {
      this.#response.writeHead(status, headers as Record<string, string | string[]>)
      this.#response.flushHeaders()
    }
    return this.#response
  }

  abort(): void {
    this.#response.destroy()
  }

  onClose(fn: () => void): void {
    if (this.#upgrade) this.#upgrade.socket.once('close', fn)
    else this.#response.once('close', fn)
  }

  upgrade(): { readonly socket: Duplex; readonly head: Uint8Array } {
    if (!this.#upgrade) throw new Error('takeOver is only for requests with wantsUpgrade')
    return this.#upgrade
  }

  /** Gives the connection of a refused upgrade to the response. @returns false when it is gone */
  #claim(): boolean {
    if (!this.#upgrade) return !this.#response.destroyed
    const socket = this.#upgrade.socket as TLSSocket
    if (socket.destroyed) return false
    this.#response.assignSocket(socket)
    this.#response.once('finish', () => socket.end())
    return true
  }
}

/** A client that takes the server for a proxy names it once more in the request line (RFC 9112, 3.2.2). */
function originForm(target: string): string {
  if (target.startsWith('/')) return target
  const path = /^https?:\/\/[^/?]*(.*)$/i.exec(target)?.[1]
  return path === undefined || path.startsWith('/') ? (path ?? target) : `/${path}`
}

const hasBody = ({ headers }: IncomingMessage) => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
