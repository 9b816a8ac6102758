// A watch over a WebSocket: each event is a message, text for JSON. Source: k8s.io/apiserver pkg/endpoints/handlers/watch.go
// (HandleWS), golang.org/x/net/websocket (Handler).
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { offeredProtocols, openWebSocket, sendMessage } from '../http/web-socket.ts'
import { frameLengthBytes } from './watch-frame.ts'
import type { Negotiated } from './negotiation.ts'

interface Events {
  /** One event each, framed as in a stream. */
  readonly frames: AsyncIterable<Buffer> | Iterable<Buffer>
  /** Ends `frames`. Idempotent. */
  readonly close: () => void
}

export function webSocketWatchResponse(request: ApiRequest, { format }: Negotiated, { frames, close }: Events): ApiResponse {
  // A message has a length of its own.
  const messageOf = (frame: Buffer) => (format === 'protobuf' ? frame.subarray(frameLengthBytes) : frame)
  return {
    status: 101,
    takeOver(socket: Duplex, head: Uint8Array) {
      socket.once('close', close)
      const protocols = offeredProtocols(request)
      const refusal = refusalOf(request, protocols)
      if (refusal !== undefined) return void socket.end(refusal)
      openWebSocket(request, socket, head, protocols[0], (webSocket) => {
        void sendAll(webSocket, frames, (frame) => sendMessage(webSocket, messageOf(frame), format === 'protobuf' ? 'binary' : 'text'))
      })
    },
  }
}

/** Go's server wants to know where the page comes from, and chooses among protocols only when there is no choice. @returns '' to say nothing at all */
function refusalOf({ headers }: ApiRequest, protocols: readonly string[]): string | undefined {
  if (!URL.canParse(headers['origin'] ?? '')) return 'HTTP/1.1 403 Forbidden\r\n\r\n'
  return protocols.length > 1 ? '' : undefined
}

async function sendAll(webSocket: WebSocket, frames: AsyncIterable<Buffer> | Iterable<Buffer>, send: (frame: Buffer) => Promise<boolean>): Promise<void> {
  for await (const frame of frames) if (!(await send(frame))) break
  webSocket.close(1000)
}
