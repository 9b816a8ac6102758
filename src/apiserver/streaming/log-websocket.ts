// A log over a WebSocket. Source: k8s.io/apiserver pkg/endpoints/handlers/responsewriters/writers.go (StreamObject),
// k8s.io/streaming pkg/httpstream/wsstream/stream.go.
import { Readable, type Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { offeredProtocols, openWebSocket, sendMessage } from '../http/web-socket.ts'

const base64Protocol = 'base64.binary.k8s.io'
const protocols: readonly string[] = ['binary.k8s.io', base64Protocol]

/** @param body of the log, as the kubelet sends it */
export function webSocketLog(request: ApiRequest, { body }: Pick<ApiResponse, 'body'>): ApiResponse {
  const log = body instanceof Readable ? body : Readable.from([])
  return {
    status: 101,
    takeOver(socket: Duplex, head: Uint8Array) {
      socket.once('close', () => log.destroy())
      const offered = offeredProtocols(request)
      const protocol = offered.find((each) => protocols.includes(each))
      if (protocol === undefined && offered.length > 0) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      openWebSocket(request, socket, head, protocol, (webSocket) => void sendLog(webSocket, log, protocol === base64Protocol))
    },
  }
}

/** Begins with a message of nothing, so that the client knows that the connection stands. */
async function sendLog(webSocket: WebSocket, log: Readable, inBase64: boolean): Promise<void> {
  const send = (chunk: Buffer) => (inBase64 ? sendMessage(webSocket, Buffer.from(chunk.toString('base64')), 'text') : sendMessage(webSocket, chunk, 'binary'))
  try {
    if (await send(Buffer.alloc(0))) for await (const chunk of log) if (!(await send(chunk as Buffer))) break
  } catch {
    // The kubelet or the client went away: what has come is all there is.
  }
  webSocket.close(1000)
}
