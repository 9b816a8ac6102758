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
    notAfterMs: Date.parse(peer.valid_to),
    fingerprint: peer.fingerprint256.replaceAll(':', '').toLowerCase(),
    ...(socket.authorized ? {} : { verificationError: String(socket.authorizationError ?? 'not verified') }),
  }
}
