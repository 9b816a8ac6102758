// exec, attach and port-forward: the runtime is asked for a URL, and the upgraded connection is passed through unchanged.

import { type IncomingMessage, request as httpRequest } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Pod } from '../../api/core/v1.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { Pleg } from '../pleg/pleg.ts'
import { latestContainer } from '../runtime/runtime-pod.ts'
import { RequestError } from './log-request.ts'
import type { StreamRequest } from './stream-request.ts'
import { bridgeChannels, bridgedProtocol, bridgeTunnel, tunnelProtocol, v5Protocol } from './websocket-bridge.ts'

export interface StreamDependencies {
  readonly runtime: Pick<RuntimeClient, 'exec' | 'attach' | 'portForward'>
  readonly pleg: Pick<Pleg, 'get'>
  readonly podNamed: (namespace: string, name: string, uid?: string) => Pod
  readonly logger: Logger
}

/** @throws {RequestError} before anything was written to the socket */
export async function serveStream(stream: StreamRequest, dependencies: StreamDependencies): Promise<void> {
  const target = new URL(await runtimeUrl(stream.url, dependencies))
  const protocol = bridgedProtocol(stream)
  if (protocol === v5Protocol) return bridgeChannels(stream, target, wantedChannels(stream.url))
  if (protocol === tunnelProtocol) return bridgeTunnel(stream, target)
  return passThrough(stream, target)
}

/** exec and attach name their channels in the query: `input`, `output`, `error` at a kubelet, `stdin` ... at an API server. */
function streamFlags({ searchParams }: URL) {
  const flag = (...keys: string[]) => keys.some((key) => searchParams.get(key) === '1' || searchParams.get(key) === 'true')
  const tty = flag('tty')
  // A terminal has one output only.
  return { stdin: flag('input', 'stdin'), stdout: flag('output', 'stdout'), stderr: !tty && flag('error', 'stderr'), tty }
}

function wantedChannels(url: URL) {
  const { stdin, stdout, stderr, tty } = streamFlags(url)
  return [
    ...(stdin ? (['stdin'] as const) : []),
    ...(stdout ? (['stdout'] as const) : []),
    ...(stderr ? (['stderr'] as const) : []),
    ...(tty ? (['resize'] as const) : []),
  ]
}

/** Paths are `/exec/<namespace>/<pod>[/<uid>]/<container>`, `/attach/...` and `/portForward/<namespace>/<pod>[/<uid>]`. */
async function runtimeUrl(url: URL, { runtime, pleg, podNamed }: StreamDependencies): Promise<string> {
  const { pathname, searchParams } = url
  const [, verb, namespace = '', name = '', ...rest] = pathname.split('/')
  if (verb === 'portForward') {
    const pod = podNamed(namespace, name, rest[0])
    const sandbox = pleg.get(pod.metadata.uid).sandboxes.find((s) => s.ready)
    if (!sandbox) throw new RequestError(404, `pod not found ("${name}_${namespace}")`)
    const ports = searchParams.getAll('port').concat(searchParams.getAll('ports')).map(Number)
    return (await runtime.portForward({ podSandboxId: sandbox.id, port: ports })).url!
  }
  const pod = podNamed(namespace, name, rest.length > 1 ? rest[0] : undefined)
  const container = rest.at(-1) ?? ''
  const found = latestContainer(pleg.get(pod.metadata.uid), container)
  if (!found) throw new RequestError(404, `container not found (${JSON.stringify(container)})`)
  const io = streamFlags(url)
  if (verb === 'exec') return (await runtime.exec({ containerId: found.id, cmd: searchParams.getAll('command'), ...io })).url!
  if (verb === 'attach') return (await runtime.attach({ containerId: found.id, ...io })).url!
  throw new RequestError(404, '404 page not found')
}

/** Headers that negotiate the stream; credentials and the like stay here. */
const passed = /^(connection|upgrade|x-stream-protocol-version|sec-websocket-.*|content-length|origin)$/

function passThrough({ request, socket, head }: StreamRequest, target: URL): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined && passed.test(name)) headers[name] = value
  const outgoing = httpRequest(target, { method: request.method, headers, agent: false })
  outgoing.once('upgrade', (response, upstream: Duplex, rest: Buffer) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${rawHeaders(response)}\r\n\r\n`)
    if (rest.length > 0) socket.write(rest)
    if (head.length > 0) upstream.write(head)
    join(socket, upstream)
    resolve()
  })
  outgoing.once('response', (response) => {
    socket.write(`HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n${rawHeaders(response)}\r\n\r\n`)
    response.pipe(socket)
    resolve()
  })
  outgoing.once('error', reject)
  outgoing.end()
  return promise
}

function rawHeaders({ rawHeaders }: IncomingMessage): string {
  const lines: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  return lines.join('\r\n')
}

/** Ends of either side end the other. */
export function join(a: Duplex, b: Duplex): void {
  a.pipe(b)
  b.pipe(a)
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}
