// Why there will be no exec or attach, said on the error channel of a WebSocket that is opened for nothing else: clients of the v5
// protocol look there, and take a refusal in HTTP for a server that knows no WebSockets.
// Source: k8s.io/apiserver pkg/util/proxy/{streamtranslator,websocket,translatinghandler}.go.
import type { Duplex } from 'node:stream'
import type { ApiError } from '../../apimachinery/api-error.ts'
import type { ApiRequest } from '../http/api-request.ts'
import { isWebSocketRequest, offeredProtocols, openWebSocket } from '../http/web-socket.ts'

const v5Protocol = 'v5.channel.k8s.io'
const channels = { stdout: 1, stderr: 2, error: 3 } as const

interface WantedStreams {
  readonly stdout?: boolean
  readonly stderr?: boolean
}

export const wantsV5 = (request: ApiRequest) => isWebSocketRequest(request) && offeredProtocols(request).includes(v5Protocol)

/** @param wanted decides on which channel the client hears that the connection stands */
export function tellOverV5(request: ApiRequest, client: Duplex, head: Uint8Array, refusal: ApiError, { stdout, stderr }: WantedStreams): void {
  const { kind: _kind, apiVersion: _apiVersion, ...status } = refusal.toStatus()
  openWebSocket(request, client, head, v5Protocol, (webSocket) => {
    webSocket.send(Uint8Array.of(stdout ? channels.stdout : stderr ? channels.stderr : channels.error))
    webSocket.send(Buffer.concat([Uint8Array.of(channels.error), Buffer.from(JSON.stringify(status))]))
    webSocket.close(1000)
  })
}
