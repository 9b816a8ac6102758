// One POST to a receiver, over TLS or not, on connections that are kept. Redirects are not followed: events go where the
// configuration says and nowhere else.
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { HttpsTransportOptions } from '../../../client/transport/https.ts'

export interface Poster {
  /** @throws {Error} for anything but a 2xx answer within the time limit */
  post(body: string): Promise<void>
  close(): void
}

/** Upstream's limit for one attempt, which it also tells the receiver. */
const timeoutMs = 30_000
const timeoutQuery = 'timeout=30s'
/** What of a refusal is quoted. */
const refusalBytesMax = 1024

/** @param target as a kubeconfig gives it; `server` may be http, too */
export function newPoster(target: HttpsTransportOptions, userAgent: string): Poster {
  const { server, ca, clientCertificate, bearerToken, tlsServerName, insecureSkipTlsVerify } = target
  const url = new URL(server)
  url.search = url.search ? `${url.search}&${timeoutQuery}` : `?${timeoutQuery}`
  const secure = url.protocol === 'https:'
  const agent = secure
    ? new HttpsAgent({
        keepAlive: true,
        ...(ca === undefined ? {} : { ca }),
        ...clientCertificate?.(),
        ...(tlsServerName ? { servername: tlsServerName } : {}),
        rejectUnauthorized: !insecureSkipTlsVerify,
      })
    : new HttpAgent({ keepAlive: true })
  const send = secure ? httpsRequest : httpRequest
  return {
    async post(body) {
      const token = bearerToken?.()
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json, */*',
        'user-agent': userAgent,
        'content-length': Buffer.byteLength(body),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      }
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
      const outgoing = send(url, { method: 'POST', agent, headers, signal: AbortSignal.timeout(timeoutMs) }, resolve)
      outgoing.on('error', reject)
      outgoing.end(body)
      await check(await promise)
    },
    close: () => agent.destroy(),
  }
}

async function check(response: IncomingMessage): Promise<void> {
  const { statusCode = 0 } = response
  if (statusCode >= 200 && statusCode < 300) {
    response.on('error', () => {}) // the receiver has said yes
    response.resume()
    return
  }
  let text = ''
  for await (const chunk of response) {
    text += String(chunk)
    if (text.length >= refusalBytesMax) break
  }
  throw new Error(`the receiver answered ${statusCode}: ${text.slice(0, refusalBytesMax).trim()}`)
}
