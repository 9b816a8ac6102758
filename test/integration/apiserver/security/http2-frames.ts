// HTTP/2 frames made by hand: what no well-behaved library would send.
import { connectRaw } from './server.ts'
import type { TLSSocket } from 'node:tls'

export const frameType = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 } as const
export const endStream = 1
export const endHeaders = 4

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(frameType.settings, 0, 0)])

/** HPACK of `GET path`: static names, literal values, nothing in the dynamic table. */
export const getRequest = (path: string) =>
  Buffer.concat([Buffer.from([0x82, 0x87, 0x04, path.length]), Buffer.from(path), Buffer.from([0x01, 1]), Buffer.from('x')])

/** A header that is in no table. */
export const header = (name: string, value: string) =>
  Buffer.concat([Buffer.from([0x00, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)])

export const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A connection that has sent its preface, and reads what comes without looking at it. */
export function openHttp2(port: number): TLSSocket {
  const socket = connectRaw(port, 'h2')
  socket.resume()
  socket.write(preface)
  return socket
}

/** Resolves when the server has ended the connection. */
export function ended(socket: TLSSocket): Promise<void> {
  return socket.closed || socket.readableEnded
    ? Promise.resolve()
    : new Promise((resolve) => socket.once('close', () => resolve()).once('end', () => resolve()))
}

/**
 * Writes `next()` until the server ends the connection or `bytesMax` are sent.
 * @returns bytes sent before the end; undefined: the server took them all
 */
export async function flood(socket: TLSSocket, next: (index: number) => Buffer, bytesMax: number): Promise<number | undefined> {
  let over = false
  void ended(socket).then(() => (over = true))
  let sent = 0
  for (let index = 0; sent < bytesMax; index++) {
    if (over || socket.destroyed) return sent
    const bytes = next(index)
    sent += bytes.length
    if (!socket.write(bytes)) await new Promise<void>((resolve) => (socket.once('drain', resolve), void ended(socket).then(resolve)))
    else if (index % 64 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return over ? sent : undefined
}
