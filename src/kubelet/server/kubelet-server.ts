// The kubelet API: logs, exec, attach, port-forward, metrics. Only for the API server and those it lets through.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Pod, PodStatus } from '../../api/core/v1.ts'
import type { Client } from '../../client/client.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { HealthAnswer } from '../../component-base/serving/health-server.ts'
import { OpenConnections } from '../../component-base/serving/open-connections.ts'
import { heedPauses, leaveParser } from '../../component-base/serving/paused-parser.ts'
import { mayWait } from '../../component-base/serving/pipelining.ts'
import { tlsSettingsDefault } from '../../component-base/serving/tls-settings.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { Clock } from '../../util/clock.ts'
import type { MachineInfo } from '../machine/machine-info.ts'
import type { KubeletServerOptions } from '../options.ts'
import type { Pleg } from '../pleg/pleg.ts'
import { Gate } from './authenticate.ts'
import { readLog } from './container-logs.ts'
import { containerForLogs, parseLogOptions, RequestError } from './log-request.ts'
import { resourceMetrics, statsSummary } from './stats.ts'
import { serveStream } from './streaming.ts'

export interface KubeletServerDependencies extends KubeletServerOptions {
  readonly client: Pick<Client, 'create'>
  readonly clock: Clock
  readonly logger: Logger
  readonly runtime: RuntimeClient
  readonly pleg: Pick<Pleg, 'get' | 'all' | 'unhealthy'>
  readonly nodeName: string
  readonly pods: () => readonly Pod[]
  readonly statuses: (uid: string) => PodStatus | undefined
  readonly rootDirectory: string
  readonly machine: MachineInfo
  /** Text exposition format, beside the numbers of pods and containers. */
  readonly metrics: () => string
}

export interface KubeletServer {
  /** @returns the port */
  listen(): Promise<number>
  /** Serves until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
}

/** Watches of logs included. */
const connectionsMax = 1_000
/** Upstream's --streaming-connection-idle-timeout. */
const streamIdleMsDefault = 4 * 60 * 60 * 1000

/** First segments of what is served, for /statusz. */
const paths = ['/attach', '/containerLogs', '/exec', '/healthz', '/metrics', '/pods', '/portForward', '/run', '/runningpods', '/stats']

export function newKubeletServer(dependencies: KubeletServerDependencies): KubeletServer {
  const { address, port, certificate, key, clientCa, tls = tlsSettingsDefault, streamIdleMs = streamIdleMsDefault, logger } = dependencies
  const contextOf = (pair: { readonly certificate: string; readonly key: string } | undefined) => ({
    ...(pair ? { cert: pair.certificate, key: pair.key } : {}),
    ...(clientCa ? { ca: clientCa } : {}),
    ...tls,
  })
  const gate = new Gate(dependencies)
  const zPages = dependencies.zPages?.(paths)
  const server: Server = createServer(
    {
      ...contextOf(certificate && key ? { certificate, key } : undefined),
      ...(clientCa ? { requestCert: true, rejectUnauthorized: false } : {}),
      requestTimeout: 30_000,
      handshakeTimeout: 30_000,
    },
    (request, response) => {
      if (!mayWait(request.socket, response)) return
      heedPauses(request.socket)
      handle(request, response).catch((error: unknown) => answerError(response, error))
    },
  )
  dependencies.onNewCertificate?.((pair) => server.setSecureContext(contextOf(pair)))
  server.maxConnections = connectionsMax
  const connections = new OpenConnections(server)
  server.on('upgrade', (request) => leaveParser(request.socket))
  server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head).catch((error: unknown) => refuseUpgrade(socket, error)))
  server.on('tlsClientError', (error) => logger.debug('TLS handshake failed', { error: error.message }))

  async function admitted(request: IncomingMessage, url: URL): Promise<void> {
    const user = await gate.authenticate(request)
    if (!user) throw new RequestError(401, 'Unauthorized')
    // Streams need the right to create whichever method opens them (a GET must not be a way around it).
    const streaming = /^\/(exec|attach|portForward|run)\//.test(url.pathname)
    if (!(await gate.authorize(user, streaming ? 'POST' : request.method!, url.pathname)))
      throw new RequestError(403, `Forbidden (user=${user.name}, verb=${request.method === 'GET' ? 'get' : 'create'}, resource=nodes, subresource=proxy)`)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://kubelet')
    await admitted(request, url)
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    await route(url, request, response, gone.signal)
  }

  async function route(url: URL, request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { runtime, clock, machine, nodeName, rootDirectory } = dependencies
    const [, root, ...rest] = url.pathname.split('/')
    if (request.method !== 'GET') throw new RequestError(405, 'Method Not Allowed')
    switch (root) {
      case undefined:
        break
      case 'healthz': {
        const { status, body } = healthAnswer(dependencies.pleg.unhealthy())
        return void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body)
      }
      case 'statusz':
      case 'flagz': {
        const page = zPages?.get(url.pathname)?.({ accept: request.headers.accept })
        if (page) return void response.writeHead(page.status, page.headers).end(page.body)
        break
      }
      case 'pods':
        return json(response, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: dependencies.pods().map(withStatus) })
      case 'runningpods':
        return json(response, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: runningPods() })
      case 'containerLogs':
        return containerLogs(rest, url.searchParams, response, signal)
      case 'stats':
        if (rest.join('/') === 'summary') return json(response, await statsSummary({ runtime, clock, machine, nodeName, rootDirectory }))
        break
      case 'metrics':
        response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
        if (rest[0] === 'resource') return void response.end(await resourceMetrics({ runtime, clock, machine, nodeName, rootDirectory }))
        if (rest.length === 0) return void response.end(ownMetrics())
        break
    }
    throw new RequestError(404, '404 page not found')
  }

  function ownMetrics(): string {
    const all = dependencies.pleg.all()
    const running = all.filter((p) => p.sandboxes.some((s) => s.ready)).length
    const containers = (state: string) => all.flatMap((p) => p.containers).filter((c) => c.state === state).length
    return [
      '# HELP kubelet_running_pods Number of pods that have a running pod sandbox',
      '# TYPE kubelet_running_pods gauge',
      `kubelet_running_pods ${running}`,
      '# HELP kubelet_running_containers Number of containers currently running',
      '# TYPE kubelet_running_containers gauge',
      ...['created', 'exited', 'running', 'unknown'].map((state) => `kubelet_running_containers{container_state="${state}"} ${containers(state)}`),
      dependencies.metrics(),
    ].join('\n')
  }

  function runningPods(): object[] {
    return dependencies.pleg
      .all()
      .filter((p) => p.sandboxes.some((s) => s.ready))
      .map(({ uid, name, namespace, containers }) => ({
        metadata: { name, namespace, uid },
        spec: { containers: containers.filter((c) => c.state === 'running').map((c) => ({ name: c.name, image: c.image, resources: {} })) },
        status: {},
      }))
  }

  const withStatus = (pod: Pod): Pod => {
    const status = dependencies.statuses(pod.metadata.uid)
    return status ? { ...pod, status } : pod
  }

  function podNamed(namespace: string, name: string, uid?: string): Pod {
    const pod = dependencies.pods().find((p) => p.metadata.namespace === namespace && p.metadata.name === name && (uid === undefined || p.metadata.uid === uid))
    if (!pod) throw new RequestError(404, `pod ${JSON.stringify(name)} not found`)
    return withStatus(pod)
  }

  async function containerLogs(
    [namespace = '', name = '', container = '']: string[],
    query: URLSearchParams,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const options = parseLogOptions(query, dependencies.clock.now())
    const pod = podNamed(namespace, name)
    const id = containerForLogs(pod, pod.status, container, options.previous)
    const find = () => dependencies.pleg.get(pod.metadata.uid).containers.find((c) => c.id === id)
    const path = find()?.logPath ?? (await dependencies.runtime.containerStatus({ containerId: id }, { signal })).status?.logPath ?? ''
    const source = { path, clock: dependencies.clock, ended: () => find()?.state !== 'running' }
    response.setHeader('content-type', 'text/plain')
    response.flushHeaders()
    for await (const chunk of readLog(source, options, signal)) {
      if (signal.aborted) break
      if (!response.write(chunk)) await drained(response, signal)
    }
    response.end()
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://kubelet')
    await admitted(request, url)
    ;(socket as TLSSocket).setTimeout(streamIdleMs, () => socket.destroy())
    const { runtime, pleg } = dependencies
    await serveStream({ request, socket, head, url }, { runtime, pleg, podNamed, logger })
  }

  return {
    async listen() {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      server.once('error', reject)
      server.listen(port, address, resolve)
      await promise
      return (server.address() as AddressInfo).port
    },
    async run(signal) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const close = () => {
        server.close(() => resolve())
        connections.destroyAll()
      }
      if (signal.aborted) close()
      else signal.addEventListener('abort', close, { once: true })
      await promise
    },
  }
}

/** @param problem why the kubelet is not healthy */
export const healthAnswer = (problem: string | undefined): HealthAnswer => ({ status: problem ? 500 : 200, body: problem ?? 'ok' })

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function answerError(response: ServerResponse, error: unknown): void {
  const status = error instanceof RequestError ? error.status : 500
  const message = error instanceof Error ? error.message : String(error)
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }).end(`${message}\n`)
}

function refuseUpgrade(socket: Duplex, error: unknown): void {
  const status = error instanceof RequestError ? error.status : 500
  const message = `${error instanceof Error ? error.message : String(error)}\n`
  socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(message)}\r\nconnection: close\r\n\r\n${message}`)
}

/** When more can be written, or nobody is there any more to write for. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  // A response that was closed takes nothing and says nothing again: waiting for it would leave the log open for ever.
  if (signal.aborted) resolve()
  response.once('drain', resolve)
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}
