import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { ClientCertificate } from '../authn/authenticator.ts'

/** The other end of a connection. */
export interface Peer {
  readonly remoteAddress: string
  readonly clientCertificate: ClientCertificate | undefined
}

const known = new WeakMap<TLSSocket, Peer>()

/** Read once per connection. */
export function peerOf(socket: TLSSocket): Peer {
  const found = known.get(socket)
  if (found) return found
  const peer = { remoteAddress: socket.remoteAddress ?? '', clientCertificate: certificateOf(socket) }
  known.set(socket, peer)
  return peer
}

function certificateOf(socket: TLSSocket): ClientCertificate | undefined {
  const peer = socket.getPeerCertificate()
  if (!peer?.subject) return undefined
  const { CN, O } = peer.subject as { CN?: string | string[]; O?: string | string[] }
  return {
    commonName: (Array.isArray(CN) ? CN.at(-1) : CN) ?? '',
    organizations: O === undefined ? [] : Array.isArray(O) ? O : [O],
    fingerprint: peer.fingerprint256.replaceAll(':', '').toLowerCase(),
    chain: chainOf(socket.getPeerX509Certificate()),
    ...(socket.authorized ? {} : { verificationError: String(socket.authorizationError ?? 'not verified') }),
  }
}

/** More would not be believed anyway; it also ends a chain that runs in a circle. */
const chainLengthMax = 10

function chainOf(leaf: X509Certificate | undefined): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  for (let certificate = leaf; certificate && chain.length < chainLengthMax; certificate = certificate.issuerCertificate) chain.push(certificate)
  return chain
}
