// WebSocket clients of today, SPDY runtimes of yesterday. The v5 protocol can end stdin by itself, which the runtimes' own
// WebSocket servers (v4) cannot, so v5 is carried over SPDY streams. A port-forward tunnel is SPDY inside WebSocket messages:
// its bytes are passed on as they are.

import { type WebSocket, WebSocketServer } from 'ws'
import { connectSpdy, SpdySession } from './spdy/session.ts'
import type { StreamRequest } from './stream-request.ts'

export const v5Protocol = 'v5.channel.k8s.io'
export const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io'

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const
type Channel = keyof typeof channels
/** `[255, n]`: channel n has ended. */
const closeSignal = 255

/** Bytes on their way to a slow client before the runtime is no longer read. */
const bufferedBytesMax = 1 << 20
const messageBytesMax = 1 << 20

/** Protocol -> stand-in for its name. */
const tokens = new Map([[tunnelProtocol, 'portforward-tunnel']])

const server = new WebSocketServer({
  noServer: true,
  maxPayload: messageBytesMax,
  handleProtocols: (offered) => [v5Protocol, tunnelProtocol].find((protocol) => offered.has(tokens.get(protocol) ?? protocol)) ?? false,
})

/** Which of our protocols the client asks for, among others perhaps that are the runtime's: v5 is for exec and attach, the tunnel for port-forward. */
export function bridgedProtocol({ request, url }: StreamRequest): string | undefined {
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return undefined
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((p) => p.trim())
  const protocol = url.pathname.startsWith('/portForward/') ? tunnelProtocol : v5Protocol
  return offered.includes(protocol) ? protocol : undefined
}

function accept({ request, socket, head }: StreamRequest, protocol: string): Promise<WebSocket> {
  // The tunnel's name has a slash, which the WebSocket library rightly finds is no token. It is kept out of its sight.
  request.headers['sec-websocket-protocol'] = tokens.get(protocol) ?? protocol
  const { promise, resolve } = Promise.withResolvers<WebSocket>()
  server.handleUpgrade(request, socket, head, resolve)
  return promise
}

/** exec and attach over v5. @param wanted the channels that the client asked for */
export async function bridgeChannels(stream: StreamRequest, target: URL, wanted: readonly Channel[]): Promise<void> {
  // The runtime first: a refusal can then still be answered in HTTP.
  const upstream = await connectSpdy(target, 'v4.channel.k8s.io')
  const webSocket = await accept(stream, v5Protocol)
  // A message of nothing on the first channel that the client reads: the connection stands.
  webSocket.send(Uint8Array.of(channels[(['stdout', 'stderr'] as const).find((channel) => wanted.includes(channel)) ?? 'error']))
  const byId = new Map<number, number>()
  const open = new Set<number>()
  const session = new SpdySession(upstream, {
    data: (id, data) => {
      const channel = byId.get(id)
      if (channel === undefined) return
      webSocket.send(Buffer.concat([Buffer.from([channel]), data]), () => session.resume())
      if (webSocket.bufferedAmount > bufferedBytesMax) session.pause()
    },
    end: (id) => {
      open.delete(byId.get(id) ?? -1)
      if (open.size === 0) webSocket.close(1000)
    },
    close: () => webSocket.close(1000),
  })
  webSocket.on('close', () => session.close())
  webSocket.on('error', () => webSocket.terminate())
  const ids = new Map<number, number>()
  webSocket.pause()
  // The order is the protocol's: the error stream comes first.
  for (const name of (['error', 'stdin', 'stdout', 'stderr', 'resize'] as const).filter((c) => c === 'error' || wanted.includes(c))) {
    const channel = channels[name]
    const id = await session.open({ streamtype: name })
    byId.set(id, channel)
    ids.set(channel, id)
    if (name === 'error' || name === 'stdout' || name === 'stderr') open.add(channel)
  }
  webSocket.on('message', (message: Buffer) => {
    const [channel = 0, ended = 0] = message
    if (channel === closeSignal) {
      const id = ids.get(ended)
      if (id !== undefined) session.end(id)
      return
    }
    const id = channel === channels.stdin || channel === channels.resize ? ids.get(channel) : undefined
    if (id === undefined || message.length === 1) return
    if (session.write(id, message.subarray(1))) return
    webSocket.pause()
    session.drained(() => webSocket.resume())
  })
  webSocket.resume()
}

/** port-forward: the client speaks SPDY through the WebSocket. */
export async function bridgeTunnel(stream: StreamRequest, target: URL): Promise<void> {
  const upstream = await connectSpdy(target, 'portforward.k8s.io')
  const webSocket = await accept(stream, tunnelProtocol)
  webSocket.on('message', (message: Buffer) => {
    if (upstream.write(message)) return
    webSocket.pause()
    upstream.once('drain', () => webSocket.resume())
  })
  upstream.on('data', (chunk: Buffer) => {
    webSocket.send(chunk, () => upstream.resume())
    if (webSocket.bufferedAmount > bufferedBytesMax) upstream.pause()
  })
  upstream.on('error', () => upstream.destroy())
  upstream.on('close', () => webSocket.close(1000))
  webSocket.on('close', () => upstream.destroy())
  webSocket.on('error', () => webSocket.terminate())
}
