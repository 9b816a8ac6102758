// HTTPS to services that are not of the cluster's own making: identity providers and webhooks. HTTP/1.1, which all of them speak, over
// connections that are kept.
import { Agent, request } from 'node:https'

export interface HttpsClientOptions {
  /** PEM bundle; the system's roots when left out. */
  readonly ca?: string
  /** Asked at each request: a rotated token is used at once. */
  readonly bearerToken?: () => string
  /** PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string }
  /** Name to expect in the server's certificate when it is not the host of the URL. */
  readonly tlsServerName?: string
  readonly insecureSkipTlsVerify?: boolean
  /** For connecting, sending and receiving together. */
  readonly timeoutMs: number
}

export interface HttpsRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
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

/** Upstream reads whole answers; ten times the largest key set that is known. */
const answerBytesMax = 1 << 20
const socketsMax = 64

export function newHttpsClient(options: HttpsClientOptions): HttpsClient {
  const { ca, clientCertificate, tlsServerName, insecureSkipTlsVerify, timeoutMs } = options
  const agent = new Agent({
    keepAlive: true,
    maxSockets: socketsMax,
    ...(ca === undefined ? {} : { ca }),
    ...clientCertificate,
    ...(tlsServerName ? { servername: tlsServerName } : {}),
    rejectUnauthorized: !insecureSkipTlsVerify,
    minVersion: 'TLSv1.2',
  })
  return {
    send({ method, url, headers = {}, body }) {
      const { promise, resolve, reject } = Promise.withResolvers<HttpsAnswer>()
      const token = options.bearerToken?.()
      const outgoing = request(url, {
        method,
        agent,
        // No redirects are followed: a webhook or an issuer is where the configuration says.
        headers: {
          ...headers,
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        },
        signal: AbortSignal.timeout(timeoutMs),
      })
      outgoing.on('error', reject)
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('error', reject)
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size <= answerBytesMax) chunks.push(chunk)
          else response.destroy(new Error(`the answer of ${url} has more than ${answerBytesMax} bytes`))
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }))
      })
      outgoing.end(body)
      return promise
    },
    close: () => agent.destroy(),
  }
}
