// The way to an etcd cluster: one channel for each endpoint, of which one is used until it fails.
// Source: etcd client/v3/{client,retry_interceptor}.go, k8s.io/apiserver pkg/storage/storagebackend/factory/etcd3.go.
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { Client, credentials, type ChannelCredentials, type ClientDuplexStream, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { systemClock } from '../../../util/clock.ts'
import { asStorageError, CallError } from './call-error.ts'
import { type Method, methodOf, type UnaryCalls, type WatchRequest, type WatchResponse } from './messages.ts'

export interface TlsFiles {
  /** PEM; left out: the machine's authorities. */
  readonly ca?: Buffer
  /** PEM; for etcd that asks for clients' certificates. */
  readonly certificate?: Buffer
  readonly key?: Buffer
}

export interface ConnectionOptions {
  /** `https://etcd-0:2379`, `http://127.0.0.1:2379`, `unix:///run/etcd.sock`; at least one. */
  readonly endpoints: readonly string[]
  readonly tls?: TlsFiles
}

/** etcd gives up on a request after some 7 s; whoever waits longer waits for a machine that has vanished. */
const callTimeoutMs = 60_000
/** What may be sent again is, so often and at such intervals while no endpoint answers: upstream's 100 times 25 ms. */
const retriesMax = 50
const retryMs = 50
/** A restarted etcd is found again within this time. */
const reconnectMsMax = 1_000
/** Upstream's keepalives: a machine that vanished is noticed after 40 s. */
const keepaliveMs = { time: 30_000, timeout: 10_000 }

/** Settings of one request. */
interface CallOptions {
  /** Doing it twice does no harm. */
  readonly repeatable: boolean
}

export class Connection {
  readonly #clients: readonly Client[]
  /** Index of the endpoint in use. */
  #current = 0
  #newestRevision = 0
  #closed = false
  readonly #underWay = new Set<Promise<unknown>>()

  /** Connects with the first request. @throws {Error} for an endpoint that is no URL, or a key that is none */
  constructor({ endpoints, tls = {} }: ConnectionOptions) {
    this.#clients = endpoints.map((endpoint) => newClient(endpoint, tls))
  }

  /** The newest revision of the store that any answer has named. */
  get newestRevision(): number {
    return this.#newestRevision
  }

  /** @throws {CallError | NoSpaceError} */
  call<P extends keyof UnaryCalls>(path: P, request: UnaryCalls[P][0], { repeatable }: CallOptions): Promise<UnaryCalls[P][1]> {
    const answer = this.#withRetries(methodOf(path), request, repeatable) as Promise<UnaryCalls[P][1]>
    this.#underWay.add(answer)
    const done = () => void this.#underWay.delete(answer)
    answer.then((response) => (done(), this.#sawRevision(response.header.revision)), done)
    return answer
  }

  /** @param onEnd called once, however it ends */
  openWatch(onResponse: (response: WatchResponse) => void, onEnd: (error: CallError) => void): { write(request: WatchRequest): void; cancel(): void } {
    const at = this.#current
    const method = methodOf('Watch/Watch')
    const metadata = new Metadata()
    // A member that is cut off from its cluster ends the watch instead of staying silent.
    metadata.set('hasleader', 'true')
    const stream = this.#clients[at]!.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      metadata,
    ) as unknown as ClientDuplexStream<WatchRequest, WatchResponse>
    let ended = false
    const end = (error: CallError) => {
      if (ended) return
      ended = true
      if (error.isUnavailable) this.#moveOn(at)
      onEnd(error)
    }
    stream.on('data', (response: WatchResponse) => {
      this.#sawRevision(response.header.revision)
      if (!ended) onResponse(response)
    })
    stream.on('error', (error: ServiceError) => end(new CallError({ code: error.code ?? status.UNKNOWN, details: error.details ?? error.message }, error)))
    stream.on('end', () => end(new CallError({ code: status.UNAVAILABLE, details: 'the watch has ended' })))
    return {
      write: (request) => void (!ended && stream.write(request)),
      cancel: () => {
        ended = true
        stream.cancel()
      },
    }
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#underWay)
    for (const client of this.#clients) client.close()
  }

  async #withRetries(method: Method, request: object, repeatable: boolean): Promise<object> {
    for (let attempt = 0; ; attempt++) {
      const at = this.#current
      try {
        return await unary(this.#clients[at]!, method, request)
      } catch (cause) {
        const error = new CallError(cause as ServiceError, cause)
        if (error.isUnavailable) this.#moveOn(at)
        const mayRepeat = (repeatable && error.isUnavailable) || error.wasNotSent
        if (!mayRepeat || attempt === retriesMax || this.#closed) throw asStorageError(error)
        // The others are tried at once.
        if (attempt >= this.#clients.length - 1) await systemClock.sleep(retryMs)
      }
    }
  }

  /** The next endpoint, unless somebody else has noticed before. */
  #moveOn(from: number): void {
    if (this.#current === from) this.#current = (from + 1) % this.#clients.length
  }

  #sawRevision(revision: number): void {
    if (revision > this.#newestRevision) this.#newestRevision = revision
  }
}

function newClient(endpoint: string, tls: TlsFiles): Client {
  const { address, host, secure } = addressOf(endpoint)
  return new Client(address, secure ? tlsCredentials(tls, host) : credentials.createInsecure(), {
    // etcd bounds what it sends and takes; lists are read in pages.
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': reconnectMsMax,
    'grpc.keepalive_time_ms': keepaliveMs.time,
    'grpc.keepalive_timeout_ms': keepaliveMs.timeout,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    // An address cannot be asked for by name; the certificate is checked against it all the same.
    ...(secure && isIP(host) ? { 'grpc.ssl_target_name_override': 'etcd' } : {}),
  })
}

/** Without a scheme etcd's client speaks plain, too. */
function addressOf(endpoint: string): { readonly address: string; readonly host: string; readonly secure: boolean } {
  const [, scheme = 'http', rest] = /^(?:([a-z]+):\/\/)?(.+)$/.exec(endpoint) ?? []
  if (!rest) throw new Error(`no endpoint of etcd: ${JSON.stringify(endpoint)}`)
  if (scheme === 'unix' || scheme === 'unixs') return { address: `unix:${rest}`, host: 'localhost', secure: scheme === 'unixs' }
  if (scheme !== 'http' && scheme !== 'https') throw new Error(`no endpoint of etcd: ${JSON.stringify(endpoint)}: the scheme is http, https, unix or unixs`)
  const url = URL.parse(`${scheme}://${rest}`)
  if (!url || url.pathname !== '/' || url.search || url.username) throw new Error(`no endpoint of etcd: ${JSON.stringify(endpoint)}`)
  const secure = scheme === 'https'
  return { address: `dns:${url.hostname}:${url.port || (secure ? 443 : 80)}`, host: url.hostname.replace(/^\[|\]$/g, ''), secure }
}

function tlsCredentials({ ca, certificate, key }: TlsFiles, host: string): ChannelCredentials {
  return credentials.createSsl(ca ?? null, key ?? null, certificate ?? null, { checkServerIdentity: (_name, shown) => checkServerIdentity(host, shown) })
}

function unary(client: Client, { path, requestSerialize, responseDeserialize }: Method, request: object): Promise<object> {
  const { promise, resolve, reject } = Promise.withResolvers<object>()
  const deadline = new Date(systemClock.now() + callTimeoutMs)
  client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), { deadline }, (error, response) =>
    error ? reject(error) : resolve(response!),
  )
  return promise
}
