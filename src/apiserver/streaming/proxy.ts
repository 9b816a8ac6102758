// Carries a request to a target and its answer back: whole, streaming, or as a connection that changed protocol.
// Redirects are never followed, and an upgrade that the target refuses never leaves a connection to it open for the client
// (CVE-2018-1002105).
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { ApiError, internalError } from '../../apimachinery/api-error.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { dialError } from './dial-error.ts'
import { authority, type Target } from './target.ts'

/** The API server as a client of kubelets; PEM. */
export interface KubeletCredentials {
  readonly certificate: string
  readonly key: string
  /** Signs kubelets' serving certificates; without it they are not checked. */
  readonly ca?: string
}

/** Hop by hop, or the client's business with this server alone. */
const dropped = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'authorization',
  'content-length',
  'http2-settings',
])
const isOwn = (name: string) => name.startsWith(':') || name.startsWith('impersonate-') || name.startsWith('x-remote-')

function forwardedHeaders({ headers, remoteAddress }: ApiRequest): Record<string, string> {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !dropped.has(name) && !isOwn(name)) as [string, string][]
  const chain = headers['x-forwarded-for']
  return { ...Object.fromEntries(kept), 'x-forwarded-for': chain ? `${chain}, ${remoteAddress}` : remoteAddress }
}

interface ForwardOptions {
  readonly redirects?: 'forbidden'
  readonly unreachable?: (why: string) => ApiError
}

/** Tells a client whose target does not agree, in the protocol that he asked for instead of in HTTP. */
export type TellRefusal = (client: Duplex, head: Uint8Array, refusal: ApiError) => void

const serviceUnavailable = (why: string) => new ApiError('ServiceUnavailable', `error trying to reach service: ${why}`)

export class Proxy {
  readonly #credentials: KubeletCredentials | undefined

  constructor(credentials: KubeletCredentials | undefined) {
    this.#credentials = credentials
  }

  /**
   * @param options.redirects a redirect is never followed; `forbidden`: the client does not get it either (CVE-2018-1002102)
   * @param options.unreachable the error for a target that cannot be reached, from why; left out: 503
   * @throws {ApiError} when the target cannot be reached; 500 for a forbidden redirect
   */
  async forward(request: ApiRequest, target: Target, options: ForwardOptions = {}): Promise<ApiResponse> {
    const response = await this.#send(request, target, options.unreachable ?? serviceUnavailable)
    if (options.redirects && isRedirect(response)) {
      response.destroy()
      throw internalError(new Error('redirects forbidden'))
    }
    const headers = Object.fromEntries(Object.entries(response.headers).filter(([name, value]) => value !== undefined && !dropped.has(name))) as Record<
      string,
      string | string[]
    >
    if (response.headers['content-length'] !== undefined && request.method === 'HEAD') headers['content-length'] = response.headers['content-length']
    return { status: response.statusCode!, headers, body: response }
  }

  /**
   * Answers an upgrade request by handing the client's connection to the target's, once the target has agreed.
   * @param tell left out: a refusal is answered in HTTP
   * @throws {ApiError} when the client asks for no upgrade
   */
  upgrade(request: ApiRequest, target: Target, tell?: TellRefusal): ApiResponse {
    if (!request.wantsUpgrade) throw new ApiError('BadRequest', 'Upgrade request required')
    return { status: 101, takeOver: (socket, head) => this.#takeOver(request, target, socket, head, tell) }
  }

  #options(target: Target, method: string, headers: Record<string, string>) {
    const { kubelet, scheme, host, port, path } = target
    const shared = { host, port, method, path, headers: { ...headers, host: authority(target) }, agent: false } as const
    if (scheme === 'http') return shared
    if (!kubelet || !this.#credentials) return { ...shared, rejectUnauthorized: false }
    const { certificate, key, ca } = this.#credentials
    const identity = { ...shared, cert: certificate, key, servername: kubelet.nodeName }
    return ca === undefined ? { ...identity, rejectUnauthorized: false } : { ...identity, ca }
  }

  #request(target: Target, method: string, headers: Record<string, string>) {
    const options = this.#options(target, method, headers)
    return target.scheme === 'https' ? httpsRequest(options) : httpRequest(options)
  }

  async #send(request: ApiRequest, target: Target, unreachable: (why: string) => ApiError): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const outgoing = this.#request(target, request.method, forwardedHeaders(request))
    const abort = () => outgoing.destroy()
    request.signal.addEventListener('abort', abort, { once: true })
    outgoing.on('response', resolve)
    outgoing.on('error', (cause) => reject(unreachable(dialError(authority(target), cause))))
    outgoing.on('close', () => request.signal.removeEventListener('abort', abort))
    outgoing.on('upgrade', (_, socket: Duplex) => socket.destroy()) // not asked for
    await sendBody(request, outgoing).catch((cause: unknown) => {
      outgoing.destroy()
      reject(cause as Error)
    })
    return promise
  }

  #takeOver(request: ApiRequest, target: Target, client: Duplex, head: Uint8Array, tell: TellRefusal | undefined): void {
    const { connection = 'Upgrade', upgrade = '' } = request.headers
    const outgoing = this.#request(target, request.method, { ...forwardedHeaders(request), connection, upgrade })
    client.on('error', () => outgoing.destroy())
    client.on('close', () => outgoing.destroy())
    outgoing.on('error', (cause) => {
      const why = dialError(authority(target), cause)
      if (tell) tell(client, head, unsent(target, why))
      else client.end(rawUndialled(why))
    })
    outgoing.on('response', (response) => {
      // No upgrade: the client gets the answer, and then neither side hears of the other again.
      void refusalText(response).then((text) => {
        if (tell) tell(client, head, isRedirect(response) ? unsent(target, 'redirect not allowed') : refused(text))
        else client.end(rawRefusal(response, text))
      })
    })
    outgoing.on('upgrade', (response, backend: Duplex, backendHead: Buffer) => {
      client.write(rawHead(response))
      if (backendHead.length) client.write(backendHead)
      if (head.length) backend.write(head)
      join(client, backend)
    })
    outgoing.end()
  }
}

async function sendBody(request: ApiRequest, outgoing: ReturnType<typeof httpRequest>): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    for await (const chunk of request.bodyStream()) {
      if (!outgoing.write(chunk) && !outgoing.destroyed)
        await new Promise<void>((resolve) => (outgoing.once('drain', resolve), outgoing.once('close', resolve)))
    }
  }
  outgoing.end()
}

/** Both ways until either side closes; then both are gone. */
function join(a: Duplex, b: Duplex): void {
  const close = () => {
    a.destroy()
    b.destroy()
  }
  for (const side of [a, b]) side.on('error', close)
  a.pipe(b)
  b.pipe(a)
  a.on('close', close)
  b.on('close', close)
}

function rawHead({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = Array.from({ length: rawHeaders.length / 2 }, (_, i) => `${rawHeaders[2 * i]}: ${rawHeaders[2 * i + 1]}`)
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('\r\n')}\r\n\r\n`
}

const isRedirect = ({ statusCode = 0 }: IncomingMessage) => statusCode >= 300 && statusCode < 400

/** What a refusal may say at most. */
const refusalBytesMax = 64 * 1024

async function refusalText(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response) {
      text += String(chunk)
      if (text.length > refusalBytesMax) break
    }
  } catch {
    // cut off: what has come is all there is
  }
  response.destroy()
  return text
}

function rawRefusal(response: IncomingMessage, text: string): string {
  // A redirect would send the client's credentials elsewhere (CVE-2018-1002102).
  if (isRedirect(response)) return rawStatus(502, 'Bad Gateway', 'the target answered with a redirect')
  return rawStatus(response.statusCode!, response.statusMessage ?? '', text)
}

/** As upstream's client of kubelets says it. Source: k8s.io/client-go transport/spdy (Negotiate). */
const unsent = (target: Target, why: string) =>
  internalError(new Error(`error sending request: Post "${target.scheme}://${authority(target)}${target.path}": ${why}`))

/** Source: k8s.io/streaming pkg/httpstream/spdy/roundtripper.go (NewConnection). */
const refused = (text: string) => internalError(new Error(`unable to upgrade connection: ${text.trim()}`))

function rawStatus(status: number, reason: string, text: string): string {
  return `HTTP/1.1 ${status} ${reason}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`
}

/** Nothing has been said to the client yet: it gets a Status, as for any error. */
function rawUndialled(why: string): string {
  const text = JSON.stringify(new ApiError('', `error dialing backend: ${why}`, { code: 500 }).toStatus())
  return `HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`
}
