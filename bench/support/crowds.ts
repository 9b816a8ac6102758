// Crowds of clients that each cost little: connections that say nothing, or say it slowly, or never go away.
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { token } from './children.ts'

export interface Crowd {
  readonly name: string
  /** Opens it; what comes back takes it away. */
  readonly open: (port: number) => Promise<() => void>
}

const host = '127.0.0.1'
const configMaps = '/api/v1/namespaces/default/configmaps'
const authorization = `Bearer ${token}`
/** Connections that are made at the same time. */
const atOnce = 50

async function many<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  while (made.length < count) made.push(...(await Promise.all(Array.from({ length: Math.min(atOnce, count - made.length) }, make))))
  return made
}

function tcp(port: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connectTcp({ host, port }, () => resolve(socket))
  socket.on('error', reject)
  return promise
}

function tls(port: number): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>()
  const socket = connectTls({ host, port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, () => resolve(socket))
  socket.on('error', reject)
  return promise
}

function session(port: number): Promise<ClientHttp2Session> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>()
  const opened = connectHttp2(`https://${host}:${port}`, { rejectUnauthorized: false }, () => resolve(opened))
  opened.on('error', reject)
  return promise
}

const destroyAll = (all: readonly { destroy(): void }[]) => () => all.forEach((each) => each.destroy())

/** @param begin what each says first @param trickle what it goes on to say, a piece every `everyMs` */
function speakers(name: string, count: number, open: (port: number) => Promise<Socket>, begin: string | Uint8Array, trickle?: string): Crowd {
  return {
    name,
    async open(port) {
      const sockets = await many(count, () => open(port))
      if (begin.length > 0) for (const socket of sockets) socket.write(begin)
      const timer = trickle === undefined ? undefined : setInterval(() => sockets.forEach((socket) => socket.writable && socket.write(trickle)), 250)
      return () => {
        clearInterval(timer)
        destroyAll(sockets)()
      }
    },
  }
}

/** The first bytes of a handshake: a record of 512 bytes is announced, with a ClientHello, and 100 come. */
const halfHello = Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), Buffer.alloc(89)])
const head = (lines: string) => `POST ${configMaps} HTTP/1.1\r\nHost: h\r\nAuthorization: ${authorization}\r\n${lines}`

function watches(sessions: number, path: string): Crowd {
  const perSession = 100
  return {
    name: `${sessions * perSession} idle watches of ${path}`,
    async open(port) {
      const all = await many(sessions, () => session(port))
      for (const each of all) {
        const begun = Array.from({ length: perSession }, () => {
          const stream = each.request({ ':path': path, authorization })
          stream.on('error', () => {})
          const { promise, resolve } = Promise.withResolvers<void>()
          stream.once('response', () => resolve())
          stream.resume()
          return promise
        })
        await Promise.all(begun)
      }
      return destroyAll(all)
    },
  }
}

function gzipBombs(count: number): Crowd {
  const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024))
  return {
    name: `${count} gzip bombs of ${(bomb.length / 1024).toFixed(0)} KiB`,
    async open(port) {
      const sockets = await many(count, () => tls(port))
      for (const socket of sockets) {
        socket.resume()
        socket.write(head(`Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`))
        socket.write(bomb)
      }
      return destroyAll(sockets)
    },
  }
}

/** ConfigMaps as large as may be sent, on a connection each. */
function largeBodies(count: number): Crowd {
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'large' }, data: { a: 'x'.repeat(2_900_000) } }
  const body = JSON.stringify(configMap)
  return {
    name: `${count} bodies of 2.9 MB`,
    async open(port) {
      const sockets = await many(count, () => tls(port))
      for (const socket of sockets) {
        socket.resume()
        socket.write(head(`Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`))
        socket.write(body)
      }
      return destroyAll(sockets)
    },
  }
}

export const crowds: readonly Crowd[] = [
  speakers('2,000 connections that say nothing', 2000, tcp, ''),
  speakers('2,000 halves of a TLS handshake', 2000, tcp, halfHello),
  speakers('1,000 connections that speak no TLS', 1000, tcp, 'GET / HTTP/1.1\r\n\r\n'),
  speakers('500 handshakes without a request', 500, tls, ''),
  speakers('500 requests of one header line after the other', 500, tls, head(''), 'x: y\r\n'),
  speakers('500 bodies of a byte at a time', 500, tls, head('Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n'), ' '),
  speakers('500 chunked bodies of a byte at a time', 500, tls, head('Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'), '1\r\n \r\n'),
  speakers('200 requests of 5,000 header lines', 200, tls, `${head('')}${'x: y\r\n'.repeat(5000)}\r\n`),
  speakers(
    '100 connections of 1,000 requests at once',
    100,
    tls,
    `GET ${configMaps}/none HTTP/1.1\r\nHost: h\r\nAuthorization: ${authorization}\r\n\r\n`.repeat(1000),
  ),
  speakers('300 connections of 2,000 short requests at once', 300, tls, 'GET /a HTTP/1.1\r\nHost:\r\n\r\n'.repeat(2000)),
  watches(50, `${configMaps}?watch=1`),
  gzipBombs(200),
  largeBodies(200),
]
