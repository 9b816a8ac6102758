// HTTP/2 over TLS. One connection carries many requests and watches; another is opened when the server's stream limit is
// reached. A connection that has been silent is asked for a sign of life, so that a dead peer is found without traffic.
import { type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders, connect, constants } from 'node:http2'
import { type Clock, systemClock } from '../../util/clock.ts'
import { untilAborted } from '../../util/until-aborted.ts'
import { type Transport, TransportError, type TransportRequest, type TransportResponse } from './transport.ts'

export interface HttpsTransportOptions {
  /** `https://host:port`, optionally with a path prefix. */
  readonly server: string
  /** PEM bundle; the system's roots when left out. */
  readonly ca?: string
  /** Asked at each request: when it is another one, a new connection is made, and the old one ends with what it still carries. Undefined: none yet. */
  readonly clientCertificate?: () => { readonly cert: string; readonly key: string } | undefined
  /** Asked at each request. */
  readonly bearerToken?: () => string
  /** Name to expect in the server's certificate when it is not the host of `server`. */
  readonly tlsServerName?: string
  readonly insecureSkipTlsVerify?: boolean
  readonly clock?: Clock
}

/** As client-go's dialer. */
const connectTimeoutMs = 30_000
/** client-go's HTTP2_READ_IDLE_TIMEOUT_SECONDS and HTTP2_PING_TIMEOUT_SECONDS. */
const silentMsMax = 30_000
const pingTimeoutMs = 15_000
/** Streams per connection until the server's settings are known; the server's own default is 100. */
const streamsPerSessionMax = 100
/** Go's servers close a connection that lets them buffer nothing: a window large enough for whole lists. */
const windowBytes = 4 * 1024 * 1024

interface Connection {
  readonly session: ClientHttp2Session
  /** The client certificate that was shown. */
  readonly certificate: string | undefined
  readonly ready: Promise<void>
  streams: number
}

/** @throws {TypeError} when `server` is not an https URL */
export function newHttpsTransport(options: HttpsTransportOptions): Transport {
  const url = new URL(options.server)
  if (url.protocol !== 'https:') throw new TypeError(`server ${options.server} must be an https URL`)
  return new HttpsTransport(url, options)
}

class HttpsTransport implements Transport {
  readonly #url: URL
  readonly #prefix: string
  readonly #options: HttpsTransportOptions
  readonly #clock: Clock
  readonly #connections = new Set<Connection>()
  /** Their certificate was replaced: no new requests. */
  readonly #retired = new Set<ClientHttp2Session>()
  #closed = false

  constructor(url: URL, options: HttpsTransportOptions) {
    this.#url = url
    this.#prefix = url.pathname.replace(/\/$/, '')
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    try {
      return await this.#send(request)
    } catch (error) {
      // The server has not looked at the request: it is safe to send it again, once, on another connection.
      if (!(error instanceof NotProcessed) || request.signal?.aborted) throw error
      return await this.#send(request)
    }
  }

  close(): void {
    this.#closed = true
    for (const { session } of this.#connections) session.destroy()
    this.#connections.clear()
    for (const session of this.#retired) session.destroy()
  }

  async #send({ method, path, headers, body, signal }: TransportRequest): Promise<TransportResponse> {
    signal?.throwIfAborted()
    if (this.#closed) throw new TransportError(`${method} ${path}: the client is closed`)
    const connection = this.#pick()
    connection.streams++
    try {
      await (signal ? untilAborted(connection.ready, signal) : connection.ready)
      const token = this.#options.bearerToken?.()
      const stream = open(connection.session, {
        ...headers,
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ':method': method,
        ':path': this.#prefix + path,
      })
      stream.once('close', () => connection.streams--)
      return await exchange(stream, { method, path, ...(body === undefined ? {} : { body }), ...(signal ? { signal } : {}) })
    } catch (error) {
      if (!(error instanceof StreamError)) connection.streams--
      throw error instanceof StreamError ? error.reason : error
    }
  }

  #pick(): Connection {
    const pair = this.#options.clientCertificate?.()
    for (const connection of this.#connections) {
      const { session } = connection
      if (session.closed || session.destroyed) this.#connections.delete(connection)
      else if (connection.certificate !== pair?.cert) this.#retire(connection)
      else if (connection.streams < Math.min(session.remoteSettings?.maxConcurrentStreams ?? streamsPerSessionMax, streamsPerSessionMax)) return connection
    }
    return this.#connect(pair)
  }

  /** Requests and watches under way go on: they were authenticated when they began. */
  #retire(connection: Connection): void {
    const { session } = connection
    this.#connections.delete(connection)
    this.#retired.add(session)
    session.once('close', () => this.#retired.delete(session))
    session.close()
  }

  #connect(pair: { readonly cert: string; readonly key: string } | undefined): Connection {
    const { ca, tlsServerName, insecureSkipTlsVerify } = this.#options
    const session = connect(this.#url.origin, {
      ...(ca === undefined ? {} : { ca }),
      ...pair,
      ...(tlsServerName ? { servername: tlsServerName } : {}),
      rejectUnauthorized: !insecureSkipTlsVerify,
      ALPNProtocols: ['h2'],
      settings: { enablePush: false, initialWindowSize: windowBytes },
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const connection: Connection = { session, certificate: pair?.cert, ready: promise, streams: 0 }
    const timer = this.#clock.after(connectTimeoutMs, () => session.destroy(new Error(`no connection after ${connectTimeoutMs / 1000} s`)))
    const fail = (cause?: Error) => {
      timer.cancel()
      this.#connections.delete(connection)
      reject(new TransportError(`connect to ${this.#url.host}: ${cause?.message ?? 'connection closed'}`, { cause }))
    }
    session.once('connect', () => {
      timer.cancel()
      session.setLocalWindowSize(windowBytes)
      resolve()
    })
    session.on('error', fail)
    session.once('close', fail)
    session.once('goaway', () => this.#connections.delete(connection))
    session.setTimeout(silentMsMax, () => this.#ping(session))
    promise.catch(() => {}) // each request that waits for it reports it
    this.#connections.add(connection)
    return connection
  }

  #ping(session: ClientHttp2Session): void {
    if (session.destroyed || session.closed) return
    const timer = this.#clock.after(pingTimeoutMs, () => session.destroy(new Error('server does not answer pings')))
    session.ping((error) => {
      timer.cancel()
      if (error) session.destroy(error)
    })
  }
}

/** The request never reached the server's handlers. */
class NotProcessed extends TransportError {}

/** Wraps an error of a stream that exists, and whose closing is therefore counted elsewhere. */
class StreamError extends Error {
  readonly reason: unknown

  constructor(reason: unknown) {
    super('stream failed', { cause: reason })
    this.reason = reason
  }
}

function open(session: ClientHttp2Session, headers: Record<string, string>): ClientHttp2Stream {
  try {
    return session.request(headers, { endStream: false })
  } catch (cause) {
    throw new NotProcessed(`connection closed before the request was sent`, { cause })
  }
}

function exchange(
  stream: ClientHttp2Stream,
  { method, path, body, signal }: Pick<TransportRequest, 'method' | 'path' | 'body' | 'signal'>,
): Promise<TransportResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>()
  const abort = () => stream.close(constants.NGHTTP2_CANCEL)
  const failure = (cause?: unknown): unknown => {
    if (signal?.aborted) return signal.reason
    const why = cause instanceof Error ? cause.message : 'connection closed before the answer was complete'
    const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
    return new (refused ? NotProcessed : TransportError)(`${method} ${path}: ${why}`, { cause })
  }
  signal?.addEventListener('abort', abort, { once: true })
  stream.on('error', (error) => reject(new StreamError(failure(error))))
  stream.once('close', () => {
    signal?.removeEventListener('abort', abort)
    reject(new StreamError(failure()))
  })
  stream.once('response', (headers) => resolve({ status: Number(headers[':status']), headers: plainHeaders(headers), body: chunks(stream, failure) }))
  stream.end(body)
  return promise
}

async function* chunks(stream: ClientHttp2Stream, failure: (cause?: unknown) => unknown): AsyncGenerator<Uint8Array> {
  let ended = false
  stream.once('end', () => (ended = true))
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) yield chunk
    if (!ended || (stream.rstCode ?? 0) !== constants.NGHTTP2_NO_ERROR) throw new Error('stream closed early')
  } catch (cause) {
    throw failure(cause)
  } finally {
    if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL)
  }
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(':') && value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}
