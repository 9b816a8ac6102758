// A bearer token as a subprotocol of a WebSocket. Source: k8s.io/apiserver pkg/authentication/request/websocket/protocol.go.
const prefix = 'base64url.bearer.authorization.k8s.io.'

interface ProtocolToken {
  /** Undefined: there is none, or no other protocol that the server could agree to. '': one that nobody can accept. */
  readonly token: string | undefined
  readonly others: readonly string[]
}

/** @param protocols that the client offers */
export function protocolToken(protocols: readonly string[]): ProtocolToken {
  const others = protocols.filter((protocol) => !protocol.startsWith(prefix))
  const [encoded, second] = protocols.filter((protocol) => protocol.startsWith(prefix)).map((protocol) => protocol.slice(prefix.length))
  if (encoded === undefined) return { token: undefined, others }
  if (second !== undefined) return { token: '', others }
  const decoded = decode(encoded)
  if (decoded === undefined) return { token: '', others }
  return { token: others.length > 0 && decoded !== '' ? decoded : undefined, others }
}

/** Base64 for URLs, without padding. @returns undefined for what is none, or no text */
function decode(encoded: string): string | undefined {
  if (!/^[\w-]*$/.test(encoded) || encoded.length % 4 === 1) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64url'))
  } catch {
    return undefined
  }
}
