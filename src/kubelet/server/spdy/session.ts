import { type IncomingMessage, request as httpRequest } from 'node:http'
import type { Duplex } from 'node:stream'
import { constants, createDeflate } from 'node:zlib'
import { RequestError } from '../log-request.ts'
import { headerDictionary } from './dictionary.ts'
import { dataFrame, FrameReader, headerBlock, synStream } from './frames.ts'

/** Asks an HTTP server to speak SPDY. @throws {RequestError} with its answer when it refuses */
export function connectSpdy(target: URL, protocol: string): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol, 'content-length': '0' }
  const outgoing = httpRequest(target, { method: 'POST', headers, agent: false })
  outgoing.once('upgrade', (_: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (head.length > 0) socket.unshift(head)
    resolve(socket)
  })
  outgoing.once('response', (response) => {
    response.resume()
    reject(new RequestError(response.statusCode ?? 500, `the runtime refused the stream: ${response.statusMessage}`))
  })
  outgoing.once('error', reject)
  outgoing.end()
  return promise
}

export interface SessionEvents {
  data(streamId: number, data: Buffer): void
  /** The other side has ended the stream. */
  end(streamId: number): void
  /** The connection is gone; nothing follows. */
  close(): void
}

/** The client's side of a SPDY connection. */
export class SpdySession {
  readonly #socket: Duplex
  readonly #reader = new FrameReader()
  readonly #deflate = createDeflate({ dictionary: headerDictionary })
  readonly #opening = new Map<number, () => void>()
  #nextId = 1

  constructor(socket: Duplex, events: SessionEvents) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#receive(chunk, events)
      } catch {
        socket.destroy()
      }
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      for (const opened of this.#opening.values()) opened()
      events.close()
    })
  }

  /** @returns its id, once the other side has accepted it */
  async open(headers: Readonly<Record<string, string>>): Promise<number> {
    const id = this.#nextId
    this.#nextId += 2
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#opening.set(id, resolve)
    this.#socket.write(synStream(id, await this.#compress(headerBlock(headers))))
    await promise
    return id
  }

  /** @returns false when the caller should wait for {@link drained} */
  write(streamId: number, data: Buffer): boolean {
    return this.#socket.write(dataFrame(streamId, data, { fin: false }))
  }

  end(streamId: number): void {
    this.#socket.write(dataFrame(streamId, Buffer.alloc(0), { fin: true }))
  }

  drained(then: () => void): void {
    this.#socket.once('drain', then)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#deflate.close()
    this.#socket.destroy()
  }

  #receive(chunk: Buffer, events: SessionEvents): void {
    for (const frame of this.#reader.read(chunk)) {
      switch (frame.type) {
        case 'data':
          if (frame.data.length > 0) events.data(frame.streamId, frame.data)
          if (frame.fin) events.end(frame.streamId)
          break
        case 'reply':
          this.#opening.get(frame.streamId)?.()
          this.#opening.delete(frame.streamId)
          break
        case 'reset':
          events.end(frame.streamId)
          break
        case 'ping':
          this.#socket.write(frame.raw)
          break
        case 'goaway':
        case 'other':
          break
      }
    }
  }

  /** All header blocks of a connection are one compressed stream, flushed after each. */
  #compress(block: Buffer): Promise<Buffer> {
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    const chunks: Buffer[] = []
    const collect = (chunk: Buffer) => void chunks.push(chunk)
    this.#deflate.on('data', collect)
    this.#deflate.write(block)
    this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
      this.#deflate.off('data', collect)
      resolve(Buffer.concat(chunks))
    })
    return promise
  }
}
