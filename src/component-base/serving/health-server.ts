import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { OpenConnections } from './open-connections.ts'
import { heedPauses } from './paused-parser.ts'
import { mayWait } from './pipelining.ts'
import type { TlsSettings } from './tls-settings.ts'

export interface HealthAnswer {
  readonly status: number
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** Answers requests for a few known paths: /healthz, /livez, /metrics of a component. */
export interface HealthServerOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Path -> answer, computed per request. Unknown paths get 404. */
  readonly paths: Readonly<Record<string, (request: IncomingMessage) => HealthAnswer | Promise<HealthAnswer>>>
  /** HTTPS with this pair (PEM); left out, plain HTTP. */
  readonly tls?: TlsSettings & { readonly cert: string; readonly key: string }
  /** Asked before a path is answered. @returns a refusal; undefined lets the request through */
  readonly refuse?: (request: IncomingMessage, path: string) => Promise<HealthAnswer | undefined>
}

/** For a handshake, and for a request with its headers; probes and scrapes have none that are long. */
const readMs = 10_000
/** How often that is looked at. */
const checkEveryMs = 2_000
const limits = { requestTimeout: readMs, headersTimeout: readMs, keepAliveTimeout: 5_000, connectionsCheckingInterval: checkEveryMs }

/**
 * Serves until `signal` aborts.
 * @returns the port and a promise of the end
 * @throws {Error} EADDRINUSE and the like, when it cannot listen
 */
export async function serveHealth(
  { host, port, paths, tls, refuse }: HealthServerOptions,
  signal: AbortSignal,
): Promise<{ port: number; closed: Promise<void> }> {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?')[0]!
    const answer = Object.hasOwn(paths, path) ? paths[path] : undefined
    try {
      const refusal = await refuse?.(request, path)
      const {
        status,
        contentType = 'text/plain; charset=utf-8',
        headers,
        body,
      } = refusal ?? (answer ? await answer(request) : { status: 404, body: '404 page not found\n' })
      response
        .writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff', ...headers })
        .end(request.method === 'HEAD' ? undefined : body)
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    if (!mayWait(request.socket, response)) return
    heedPauses(request.socket)
    void handle(request, response)
  }
  const server = tls ? createHttpsServer({ ...limits, ...tls, handshakeTimeout: readMs }, listener) : createHttpServer(limits, listener)
  server.maxConnections = 100
  const connections = new OpenConnections(server)
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(port, host, listening.resolve)
  await listening.promise
  const closed = Promise.withResolvers<void>()
  const close = () => {
    server.close(() => closed.resolve())
    connections.destroyAll()
  }
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : port, closed: closed.promise }
}
