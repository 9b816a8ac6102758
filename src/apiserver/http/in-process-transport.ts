// A component in the API server's own process calls it without sockets. It is only a transport: the request passes the whole
// handler chain with its token, as any other.
import { type Transport, TransportError, type TransportRequest, type TransportResponse } from '../../client/transport/transport.ts'
import type { ApiResponse, BodyChunk } from './api-request.ts'
import { headersOf } from './respond.ts'
import { type ChainHandler, ServerRequest } from './server-request.ts'

/** @param token sent as bearer token unless a request brings its own Authorization header */
export function inProcessTransport(handle: ChainHandler, token: string): Transport {
  const open = new Set<ServerRequest>()
  let closed = false
  return {
    async request(request) {
      if (closed) throw new TransportError('the transport is closed')
      const serverRequest = toServerRequest(request, token)
      const done = follow(serverRequest, request.signal, open)
      const response = await handle(serverRequest).catch((cause: unknown) => {
        done()
        throw new TransportError('the API server failed', { cause })
      })
      return toTransportResponse(serverRequest, response, done)
    },
    close() {
      closed = true
      for (const request of open) request.abort(new TransportError('the transport is closed'))
    },
  }
}

/** Aborts the request with the caller's signal and keeps it in `open` until the returned function is called. */
function follow(request: ServerRequest, signal: AbortSignal | undefined, open: Set<ServerRequest>): () => void {
  const abort = () => request.abort(signal?.reason)
  open.add(request)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  return () => {
    open.delete(request)
    signal?.removeEventListener('abort', abort)
  }
}

function toServerRequest({ method, path, headers, body }: TransportRequest, token: string): ServerRequest {
  const all = { authorization: `Bearer ${token}`, ...headers }
  return new ServerRequest({
    method,
    target: path,
    headers: all,
    headerValues: (name) => (Object.hasOwn(all, name) ? [(all as Record<string, string>)[name]!] : []),
    remoteAddress: '127.0.0.1',
    clientCertificate: undefined,
    wantsUpgrade: false,
    isInProcess: true,
    body: typeof body === 'string' ? Buffer.from(body) : body,
  })
}

function toTransportResponse(request: ServerRequest, response: ApiResponse, done: () => void): TransportResponse {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(headersOf(request, response))) headers[name] = typeof value === 'string' ? value : value.join(', ')
  const { body } = response
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    done()
    return { status: response.status, headers, body: whole(body) }
  }
  return { status: response.status, headers, body: streamed(request, body, done) }
}

async function* whole(body: string | Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (body !== undefined) yield typeof body === 'string' ? Buffer.from(body) : body
}

/** Ends when the handler ends it; a reader that stops early, or the caller's abort, ends the handler. */
async function* streamed(request: ServerRequest, body: AsyncIterable<BodyChunk>, done: () => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk instanceof Uint8Array ? chunk : Buffer.concat(chunk)
    request.signal.throwIfAborted()
  } finally {
    request.abort(new TransportError('the reader has stopped'))
    done()
  }
}
