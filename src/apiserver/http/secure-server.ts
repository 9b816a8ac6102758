// One TLS port for h2 and HTTP/1.1. The protocol is settled by ALPN; after that each connection belongs to Node's http2 or
// http server. No client can end the process: every socket, session and stream has an error handler.
import { constants } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2'
import { type AddressInfo, createServer as createListener, type Server as Listener } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls'
import { OpenConnections } from '../../component-base/serving/open-connections.ts'
import { heedPauses, leaveParser } from '../../component-base/serving/paused-parser.ts'
import { isEnding, mayWait } from '../../component-base/serving/pipelining.ts'
import { type TlsSettings, tlsSettingsDefault } from '../../component-base/serving/tls-settings.ts'
import { BodyPlaces } from './body-places.ts'
import { carry, type CarryOptions } from './carry.ts'
import { Handshakes } from './handshakes.ts'
import { Http1Carrier } from './http1-carrier.ts'
import { Http2Carrier } from './http2-carrier.ts'
import { type NamedCertificate, type ServerNames, serverNames } from './server-names.ts'
import { TurnBudget } from './turn-budget.ts'
import { unknownMethodCarrier } from './unknown-method.ts'
import { peerOf } from './peer.ts'

export interface TlsOptions {
  /** PEM. */
  readonly certificate: string
  readonly key: string
  /** PEM; without it, and without {@link requestHeaderCa}, no client is asked for a certificate. */
  readonly clientCa?: string
  /** PEM: signs the certificates of authenticating proxies. */
  readonly requestHeaderCa?: string
  /** Shown to clients that call the server by one of their names. */
  readonly named?: readonly NamedCertificate[]
  /** Versions and ciphers; default: {@link tlsSettingsDefault}. */
  readonly settings?: TlsSettings
}

export interface ConnectionLimits {
  /** For request headers, and for a TLS handshake. */
  readonly readHeaderMs: number
  /** Without a request. */
  readonly idleMs: number
}

/** Go's ReadHeaderTimeout and IdleTimeout in upstream's server. */
const limitsDefault: ConnectionLimits = { readHeaderMs: 32_000, idleMs: 90_000 }
/** How often header and idle times of HTTP/1.1 are looked at, at most. */
const checkEveryMsMax = 5_000
const headerBytesMax = 1024 * 1024
/** Upstream's --http2-max-streams-per-connection. */
const streamsPerConnectionMax = 100
/** What one client may upload on one stream before the server has read it. */
const streamWindowBytes = 256 * 1024
/** Resets beyond a burst of 200 and 33 a second end the connection (CVE-2023-44487, rapid reset). */
const resetBurstMax = 200
const resetsPerSecondMax = 33
/** Megabytes of frames one connection may hold; full: new streams are refused. Room for 100 answers of a large list page. */
const sessionMegabytesMax = 64

export class SecureServer {
  readonly #options: CarryOptions
  readonly #turns: TurnBudget
  readonly #places: BodyPlaces
  readonly #limits: ConnectionLimits
  /** Accepts connections; each becomes one of {@link #tls} when its client speaks. */
  readonly #listener: Listener
  readonly #tls: TlsServer
  #names: ServerNames
  readonly #http1: Server
  readonly #http2: Http2Server
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #sockets = new Set<TLSSocket>()
  readonly #connections: OpenConnections

  constructor(tls: TlsOptions, options: CarryOptions, limits: ConnectionLimits = limitsDefault) {
    this.#options = options
    this.#turns = new TurnBudget(options.clock)
    this.#places = new BodyPlaces(options.clock)
    this.#limits = limits
    this.#http1 = this.#newHttp1Server()
    this.#http2 = this.#newHttp2Server()
    this.#names = namesIn(tls)
    this.#tls = createTlsServer({
      SNICallback: (name, done) => done(null, this.#names(name)),
      ...secureContext(tls),
      requestCert: tls.clientCa !== undefined || tls.requestHeaderCa !== undefined,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: limits.readHeaderMs,
    })
    const handshakes = new Handshakes({ clock: options.clock, silentMs: limits.readHeaderMs, begin: (socket) => void this.#tls.emit('connection', socket) })
    this.#listener = createListener({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 180_000 }, (socket) => handshakes.accept(socket))
    this.#connections = new OpenConnections(this.#listener)
    this.#tls.on('secureConnection', (socket) => this.#accept(socket))
    this.#tls.on('tlsClientError', (error, socket) => {
      options.logger.debug('TLS handshake failed', { remote: socket.remoteAddress, error: error.message })
      socket.destroy()
    })
  }

  /** @throws {Error} EADDRINUSE and the like */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<{ port: number }> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#listener.once('error', reject)
    this.#listener.listen({ host, port, backlog: 1024 }, resolve)
    await promise
    this.#listener.off('error', reject)
    this.#listener.on('error', (error) => this.#options.logger.error('Listener failed', error))
    // Node starts the checks of header and idle time when an HTTP server listens; this one is only handed connections.
    this.#http1.emit('listening')
    return { port: (this.#listener.address() as AddressInfo).port }
  }

  /** Connections made from now on see the new certificate; those that are open stay as they are. @throws {Error} for what is no pair */
  updateTls(tls: TlsOptions): void {
    const names = namesIn(tls)
    this.#tls.setSecureContext(secureContext(tls))
    this.#names = names
  }

  /** No new connections; no new requests on existing ones. What is under way goes on. */
  stopAccepting(): void {
    this.#listener.close()
    for (const session of this.#sessions) session.close()
    this.#http1.closeIdleConnections()
  }

  /** Ends every connection. Idempotent. */
  close(): void {
    this.#listener.close()
    this.#http1.close()
    for (const session of this.#sessions) session.destroy()
    afterSessions(() => {
      for (const socket of this.#sockets) socket.destroy()
      // Those whose handshake has not ended.
      this.#connections.destroyAll()
    })
  }

  #accept(socket: TLSSocket): void {
    socket.on('error', () => {}) // Node ends what has failed
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    if (socket.alpnProtocol !== 'h2') return void this.#http1.emit('connection', socket)
    const begin = (session: ServerHttp2Session) => this.#acceptSession(session, socket)
    this.#http2.once('session', begin)
    this.#http2.emit('connection', socket)
    this.#http2.off('session', begin)
  }

  #newHttp1Server(): Server {
    const { readHeaderMs, idleMs } = this.#limits
    const server = createHttpServer({
      maxHeaderSize: headerBytesMax,
      headersTimeout: readHeaderMs,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: Math.min(checkEveryMsMax, readHeaderMs),
      joinDuplicateHeaders: true,
      shouldUpgradeCallback: (message) => mayUpgrade(message),
    })
    server.on('request', (message, response) => {
      if (!mayWait(message.socket, response)) return
      heedPauses(message.socket)
      response.on('error', () => response.destroy())
      this.#turns.run(() => {
        if (!message.destroyed && !response.destroyed && !isEnding(message.socket)) void carry(new Http1Carrier(message, response), this.#options, this.#places)
      })
    })
    server.on('upgrade', (message, socket, head) => {
      leaveParser(message.socket)
      void carry(Http1Carrier.forUpgrade(message, socket, head), this.#options, this.#places)
    })
    /** Whose parser has failed, and whose last request is being answered all the same. */
    const parting = new WeakSet<Duplex>()
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (parting.has(socket)) return
      const carrier = socket.writable ? unknownMethodCarrier(error, socket as TLSSocket) : undefined
      if (carrier) {
        parting.add(socket)
        return this.#turns.run(() => void carry(carrier, this.#options, this.#places))
      }
      const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
      if (socket.writable && error.code !== 'ECONNRESET')
        socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`)
      else socket.destroy()
    })
    return server
  }

  #newHttp2Server(): Http2Server {
    const server = createHttp2Server({
      maxSessionMemory: sessionMegabytesMax,
      maxHeaderListPairs: 2048,
      streamResetBurst: resetBurstMax,
      streamResetRate: resetsPerSecondMax,
      settings: { maxConcurrentStreams: streamsPerConnectionMax, initialWindowSize: streamWindowBytes, maxHeaderListSize: headerBytesMax, enablePush: false },
    })
    server.on('sessionError', () => {})
    return server
  }

  #acceptSession(session: ServerHttp2Session, socket: TLSSocket): void {
    const peer = peerOf(socket)
    let streams = 0
    this.#sessions.add(session)
    session.on('stream', (stream, headers, _flags, rawHeaders) => {
      streams++
      stream.once('close', () => streams--)
      stream.on('error', () => {})
      this.#turns.run(() => {
        if (!stream.destroyed) void carry(new Http2Carrier(stream, headers, rawHeaders, peer), this.#options, this.#places)
      })
    })
    session.on('error', () => session.destroy())
    session.once('close', () => this.#sessions.delete(session))
    session.setLocalWindowSize(streamWindowBytes * streamsPerConnectionMax)
    const { idleMs, readHeaderMs } = this.#limits
    session.setTimeout(idleMs, () => {
      if (streams > 0) return
      session.close()
      // Half of a header block is a stream that nobody but the protocol library knows: a graceful end would wait for it for ever.
      this.#options.clock.after(readHeaderMs, () => {
        if (streams > 0) return
        session.destroy()
        // One that was closed before waits for its client to close, too.
        afterSessions(() => socket.destroy())
      })
    })
  }
}

/** A session lets go of its connection at the end of the turn in which it is destroyed. Node has crashed when the connection went first. */
const afterSessions = (then: () => void) => setImmediate(() => setImmediate(then))

/** A resumed session would bring a client's certificate without its intermediates, and its old verdict: every handshake is whole. */
const secureContext = ({ certificate, key, clientCa, requestHeaderCa, settings = tlsSettingsDefault }: TlsOptions) => ({
  cert: certificate,
  key,
  ...(clientCa || requestHeaderCa ? { ca: [clientCa, requestHeaderCa].filter((each) => each !== undefined), secureOptions: constants.SSL_OP_NO_TICKET } : {}),
  ...settings,
})

const namesIn = (tls: TlsOptions) => serverNames(tls.named ?? [], secureContext(tls))

/** Other requests with an Upgrade header (curl's offer of h2c) are answered as if they had none. */
function mayUpgrade({ url = '', headers }: IncomingMessage): boolean {
  const protocol = headers.upgrade?.toLowerCase() ?? ''
  return protocol === 'websocket' || (protocol !== '' && /\/(exec|attach|portforward|proxy)(\/|\?|$)/.test(url))
}
