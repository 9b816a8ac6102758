// HTTPS to services that are not of the cluster's own making: identity providers and webhooks. HTTP/1.1, which all of them speak, over
// connections that are kept.
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { HttpsTransportOptions } from '../../client/transport/https.ts'

export interface HttpsClientOptions extends Omit<HttpsTransportOptions, 'server' | 'clock'> {
  /** For connecting, sending and receiving together. */
  readonly timeoutMs: number
  /** Whether URLs may be of plain http, too. Default false. */
  readonly plainHttp?: boolean
  /** Connections at once; further requests wait. Default 64. */
  readonly socketsMax?: number
  /** What an answer may have. Default 1 MiB. */
  readonly answerBytesMax?: number
}

export interface HttpsRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Ends it, in place of the client's timeout. */
  readonly signal?: AbortSignal
}

export interface HttpsAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface HttpsClient {
  /** @throws {Error} no answer came: refused, reset, not trusted, too late, too long, or no https URL. A status is an answer. */
  send(request: HttpsRequest): Promise<HttpsAnswer>
  close(): void
}

export interface OpeningHttpsClient extends HttpsClient {
  /** As `send`, as soon as there is a status; the rest of the answer is the caller's to read, or to resume. */
  open(request: HttpsRequest): Promise<IncomingMessage>
}

/** Upstream reads whole answers; ten times the largest key set that is known. */
const answerBytesMaxDefault = 1 << 20
const socketsMaxDefault = 64

export function newHttpsClient(options: HttpsClientOptions): OpeningHttpsClient {
  const { ca, clientCertificate, bearerToken, tlsServerName, insecureSkipTlsVerify, timeoutMs } = options
  const { socketsMax = socketsMaxDefault, plainHttp = false, answerBytesMax = answerBytesMaxDefault } = options
  const agent = new Agent({
    keepAlive: true,
    maxSockets: socketsMax,
    ...(ca === undefined ? {} : { ca }),
    ...(tlsServerName ? { servername: tlsServerName } : {}),
    rejectUnauthorized: !insecureSkipTlsVerify,
    minVersion: 'TLSv1.2',
  })
  const plainAgent = new HttpAgent({ keepAlive: true, maxSockets: socketsMax })

  function open({ method, url, headers = {}, body, signal }: HttpsRequest): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const token = bearerToken?.()
    const isPlain = plainHttp && url.startsWith('http:')
    const [send, through] = isPlain ? [httpRequest, plainAgent] : [httpsRequest, agent]
    const outgoing = send(url, {
      method,
      agent: through,
      ...(isPlain ? {} : clientCertificate?.()),
      // No redirects are followed: a webhook or an issuer is where the configuration says.
      headers: {
        ...headers,
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
      signal: signal ?? AbortSignal.timeout(timeoutMs),
    })
    outgoing.on('error', reject)
    outgoing.on('response', resolve)
    outgoing.end(body)
    return promise
  }

  return {
    open,
    async send(request) {
      const response = await open(request)
      return { status: response.statusCode ?? 0, headers: response.headers, body: await textOf(response, request.url, answerBytesMax) }
    },
    close() {
      agent.destroy()
      plainAgent.destroy()
    },
  }
}

async function textOf(response: AsyncIterable<Uint8Array>, url: string, answerBytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > answerBytesMax) throw new Error(`the answer of ${url} has more than ${answerBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
