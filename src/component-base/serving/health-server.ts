import { createServer } from 'node:http'

export interface HealthAnswer {
  readonly status: number
  readonly contentType?: string
  readonly body: string
}

/** Answers GET requests for a few known paths over plain HTTP: /healthz, /livez, /metrics of a node component. */
export interface HealthServerOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Path -> answer, computed per request. Unknown paths get 404. */
  readonly paths: Readonly<Record<string, () => HealthAnswer | Promise<HealthAnswer>>>
}

/**
 * Serves until `signal` aborts.
 * @returns the port and a promise of the end
 * @throws {Error} EADDRINUSE and the like, when it cannot listen
 */
export async function serveHealth({ host, port, paths }: HealthServerOptions, signal: AbortSignal): Promise<{ port: number; closed: Promise<void> }> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 }, async (request, response) => {
    const path = (request.url ?? '/').split('?')[0]!
    const answer = Object.hasOwn(paths, path) ? paths[path] : undefined
    try {
      const { status, contentType = 'text/plain; charset=utf-8', body } = answer ? await answer() : { status: 404, body: '404 page not found\n' }
      response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' }).end(request.method === 'HEAD' ? undefined : body)
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`${error instanceof Error ? error.message : String(error)}\n`)
    }
  })
  server.maxConnections = 100
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(port, host, listening.resolve)
  await listening.promise
  const closed = Promise.withResolvers<void>()
  const close = () => {
    server.close(() => closed.resolve())
    server.closeAllConnections()
  }
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : port, closed: closed.promise }
}
