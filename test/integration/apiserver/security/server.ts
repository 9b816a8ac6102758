// One API server on a TLS port of 127.0.0.1, in memory, with an administrator and users of few rights.
import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { Client } from '../../../../src/client/client.ts'
import { CertificateAuthority, type KeyPair } from '../../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../../src/util/clock.ts'
import { startApiServer } from '../../../support/api-server.ts'

export interface SecurityServer {
  readonly port: number
  /** Of the administrator. */
  readonly client: Client
  /** Signs kubelets' serving certificates. */
  readonly kubelet: KeyPair
  /** @returns a client of a new user */
  user(name: string): Client
  stop(): Promise<void>
}

/** Bearer token of the administrator. */
export const adminToken = 'administrator-canary-token'
/** Reachable within the sandbox beside loopback: an address that a node may have. */
export const nodeAddress = '192.0.2.77'

export async function startSecurityServer(): Promise<SecurityServer> {
  const ca = await CertificateAuthority.create('test-ca', systemClock)
  const serving = await ca.issue({ commonName: 'server', hosts: ['localhost', '127.0.0.1'], usages: ['server'], validityDays: 1 })
  const own = await ca.issue({ commonName: 'kube-apiserver-kubelet-client', usages: ['client'], validityDays: 1 })
  const kubelet = await ca.issue({ commonName: 'system:node:node', hosts: ['node'], usages: ['server'], validityDays: 1 })
  const api = await startApiServer({
    tls: { ...serving, clientCa: ca.pair.certificate },
    tokenFile: `${adminToken},admin,1,"system:masters"\n`,
    anonymousAuth: true,
    admission: { enabled: ['DenyServiceExternalIPs'], disabled: ['ServiceAccount'] },
    kubeletCredentials: { ...own, ca: ca.pair.certificate },
  })
  return { port: await api.listen(), kubelet, client: api.client, user: (name) => api.clientOf({ name, groups: [] }), stop: () => api.stop() }
}

/** A raw connection; errors of a connection that is being ended are expected. */
export function connectRaw(port: number, protocol: 'h2' | 'http/1.1' = 'http/1.1'): TLSSocket {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: [protocol] })
  socket.on('error', () => {})
  return socket
}

/**
 * One with an open TLS connection, which `reset` ends with RST in the middle of what it is doing. A relay sends the RST: Node's own TLS
 * socket does not survive it being done under its feet.
 */
export async function connectResettable(port: number, protocol: 'h2' | 'http/1.1'): Promise<{ readonly socket: TLSSocket; readonly reset: () => void }> {
  const sockets: Socket[] = []
  const relay = createServer((client) => {
    const upstream = connectTcp(port, '127.0.0.1')
    sockets.push(upstream, client)
    for (const each of [client, upstream]) each.on('error', () => {})
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  const socket = connectRaw((relay.address() as AddressInfo).port, protocol)
  await once(socket, 'secureConnect')
  relay.close()
  return { socket: socket.resume(), reset: () => sockets.forEach((each) => each.resetAndDestroy()) }
}

/** An open TLS connection through a relay that can hold back what the client sends, so that it comes all at once. */
export async function connectHolding(
  port: number,
): Promise<{ readonly socket: TLSSocket; readonly hold: () => void; /** @returns records sent on */ readonly release: () => number }> {
  let held: Buffer[] | undefined
  let toServer!: Socket
  const relay = createServer((client) => {
    toServer = connectTcp(port, '127.0.0.1')
    for (const each of [client, toServer]) each.on('error', () => {})
    client.on('data', (chunk: Buffer) => (held ? held.push(chunk) : toServer.write(chunk)))
    client.on('close', () => toServer.destroy())
    toServer.pipe(client)
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  const socket = connectRaw((relay.address() as AddressInfo).port)
  await once(socket, 'secureConnect')
  relay.close()
  const release = () => {
    const all = Buffer.concat(held ?? [])
    const records = recordsOf(all)
    if (records > 1) toServer.write(all)
    if (records > 1) held = undefined
    return records
  }
  return { socket, hold: () => (held = []), release }
}

/** TLS records in some bytes. */
function recordsOf(bytes: Buffer): number {
  let records = 0
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) records++
  return records
}

/** Sends bytes and returns everything that comes back until the server closes. */
export async function exchange(port: number, text: string | Buffer): Promise<string> {
  const socket = connectRaw(port)
  socket.write(text)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}

/** `GET path` as the administrator; the connection is closed afterwards. */
export const asAdmin = (method: string, path: string, headers = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${adminToken}\r\nConnection: close\r\n${headers}\r\n`

export const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

/** Of one answer; chunks are put together. */
export function bodyOf(answer: string): string {
  const start = answer.indexOf('\r\n\r\n') + 4
  if (!/\r\ntransfer-encoding: chunked\r\n/i.test(answer.slice(0, start))) return answer.slice(start)
  let body = ''
  for (let at = start; ;) {
    const end = answer.indexOf('\r\n', at)
    const size = Number.parseInt(answer.slice(at, end), 16)
    if (!size) return body
    body += answer.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
  }
}
