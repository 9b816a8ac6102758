// Logs and watches for clients that read over a WebSocket: the answer's bytes as messages, and nothing the other way.
// Source: k8s.io/apimachinery pkg/util/httpstream/wsstream (Reader), k8s.io/apiserver pkg/endpoints/handlers/watch.go (HandleWS).
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { type ApiRequest, type ApiResponse, type BodyChunk, isStream } from './api-request.ts'

/** What the client may send: nothing is read of it. */
const receivedBytesMax = 64 * 1024
/** Bytes on their way to a slow client before the source is no longer read. */
const bufferedBytesMax = 1 << 20

/** Protocols of a stream of bytes; the last one sends text. */
const readerProtocols = ['binary.k8s.io', 'base64.binary.k8s.io'] as const

export const isWebSocketRequest = ({ wantsUpgrade, headers }: ApiRequest): boolean => wantsUpgrade && headers['upgrade']?.toLowerCase() === 'websocket'

const offeredBy = ({ headers }: ApiRequest) =>
  (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '')

/**
 * A stream of bytes as messages, after an empty one that says it has begun.
 * @returns `response` itself when it is no success; 403 when the client knows none of the protocols
 */
export function bytesOverWebSocket(request: ApiRequest, response: ApiResponse): ApiResponse {
  if (response.status !== 200) return response
  const offered = offeredBy(request)
  const protocol = offered.find((name) => (readerProtocols as readonly string[]).includes(name))
  if (offered.length > 0 && !protocol) return { status: 403 }
  const encode = (bytes: Buffer) => (protocol === 'base64.binary.k8s.io' ? bytes.toString('base64') : bytes)
  return taken(request, protocol, response, async function* (body) {
    yield encode(Buffer.alloc(0))
    for await (const chunk of body) yield encode(bytesOf(chunk))
  })
}

/** A watch as one message an event: text for JSON, the bytes of the event for protobuf. */
export function watchOverWebSocket(request: ApiRequest, response: ApiResponse): ApiResponse {
  if (response.status !== 200) return response
  const framed = String(response.headers?.['content-type']).startsWith('application/vnd.kubernetes.protobuf')
  return taken(request, offeredBy(request)[0], response, (body) => (framed ? unframed(body) : linesOf(body)))
}

type Messages = (body: AsyncIterable<BodyChunk>) => AsyncIterable<string | Buffer>

function taken(request: ApiRequest, protocol: string | undefined, response: ApiResponse, messages: Messages): ApiResponse {
  const { body, initialized } = response
  const source = isStream(body) ? body : once(body)
  return {
    status: 101,
    ...(initialized ? { initialized } : {}),
    takeOver(socket: Duplex, head: Uint8Array) {
      const server = new WebSocketServer({ noServer: true, maxPayload: receivedBytesMax, handleProtocols: () => protocol ?? false })
      const asked = { method: request.method, headers: request.headers, socket } as unknown as IncomingMessage
      server.handleUpgrade(asked, socket, Buffer.from(head), (webSocket) => void send(webSocket, messages(source)))
    },
  }
}

/** Ends with the source or with the client, whichever goes first. */
async function send(webSocket: WebSocket, messages: AsyncIterable<string | Buffer>): Promise<void> {
  const gone = new Promise<void>((resolve) => webSocket.once('close', resolve))
  webSocket.on('error', () => webSocket.terminate())
  try {
    for await (const message of messages) {
      if (webSocket.readyState !== webSocket.OPEN) break
      const sent = new Promise<void>((resolve) => webSocket.send(message, () => resolve()))
      if (webSocket.bufferedAmount > bufferedBytesMax) await Promise.race([sent, gone])
    }
    webSocket.close(1000)
  } catch {
    webSocket.terminate() // as a broken connection tells other clients
  }
}

const bytesOf = (chunk: BodyChunk): Buffer =>
  typeof chunk === 'string' ? Buffer.from(chunk) : chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.concat(chunk)

async function* once(body: Uint8Array | string | undefined): AsyncIterable<BodyChunk> {
  if (body !== undefined) yield body
}

async function* linesOf(body: AsyncIterable<BodyChunk>): AsyncIterable<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of body) {
    rest = rest.length > 0 ? Buffer.concat([rest, bytesOf(chunk)]) : bytesOf(chunk)
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield rest.subarray(0, end + 1).toString()
      rest = rest.subarray(end + 1)
    }
  }
}

/** Events of a stream are each preceded by their length in four bytes. */
async function* unframed(body: AsyncIterable<BodyChunk>): AsyncIterable<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of body) {
    rest = rest.length > 0 ? Buffer.concat([rest, bytesOf(chunk)]) : bytesOf(chunk)
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0)
      yield rest.subarray(4, end)
      rest = rest.subarray(end)
    }
  }
}
