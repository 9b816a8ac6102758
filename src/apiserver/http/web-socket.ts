// WebSockets that end here, and not at a kubelet or a pod.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ApiRequest } from './api-request.ts'

/** Clients have nothing to say on these connections. */
const messageBytesMax = 64 * 1024

const server = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax, perMessageDeflate: false })

type Upgrading = Pick<ApiRequest, 'method' | 'headers' | 'wantsUpgrade'>

/** Source: k8s.io/streaming pkg/httpstream/wsstream (IsWebSocketRequest). */
export const isWebSocketRequest = ({ wantsUpgrade, headers }: Upgrading) => wantsUpgrade && headers['upgrade']?.toLowerCase() === 'websocket'

/** The subprotocols that a client offers, most wanted first. */
export const offeredProtocols = ({ headers }: Pick<ApiRequest, 'headers'>): readonly string[] =>
  (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '')

/**
 * Opens the connection of a request that is one. A handshake that is not right is answered 400, and `opened` is never called.
 * @param protocol of those offered; left out: none is named
 */
export function openWebSocket(
  { method, headers }: Upgrading,
  socket: Duplex,
  head: Uint8Array,
  protocol: string | undefined,
  opened: (webSocket: WebSocket) => void,
) {
  const { 'sec-websocket-protocol': _offered, ...others } = headers
  const asked = { method, headers: protocol === undefined ? others : { ...others, 'sec-websocket-protocol': protocol } }
  server.handleUpgrade(asked as unknown as IncomingMessage, socket, Buffer.from(head), (webSocket) => {
    webSocket.on('error', () => webSocket.terminate())
    opened(webSocket)
  })
}

/** Waits until the message is on its way, so that a slow client is not sent more than it takes. @returns false when the connection is gone */
export function sendMessage(webSocket: WebSocket, message: Buffer, as: 'text' | 'binary'): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  webSocket.send(message, { binary: as === 'binary' }, (error) => resolve(!error))
  return promise
}
