// One POST to a receiver of events, over TLS or not.
import type { IncomingMessage } from 'node:http'
import type { HttpsTransportOptions } from '../../../client/transport/https.ts'
import { newHttpsClient } from '../../webhook/https-client.ts'

export interface Poster {
  /** @throws {Error} for anything but a 2xx answer within the time limit */
  post(body: string): Promise<void>
  close(): void
}

/** Upstream's limit for one attempt, which it also tells the receiver. */
const timeoutMs = 30_000
const timeoutQuery = 'timeout=30s'
/** In blocking mode each request under way waits for its own answer: as many as priority and fairness has seats. */
const socketsMax = 600
/** What of a refusal is quoted. */
const refusalBytesMax = 1024

/** @param target as a kubeconfig gives it; `server` may be http, too */
export function newPoster({ server, ...trust }: HttpsTransportOptions, userAgent: string): Poster {
  const url = new URL(server)
  url.search = url.search ? `${url.search}&${timeoutQuery}` : `?${timeoutQuery}`
  const https = newHttpsClient({ ...trust, timeoutMs, socketsMax, plainHttp: true })
  const headers = { 'content-type': 'application/json', accept: 'application/json, */*', 'user-agent': userAgent }
  return {
    post: async (body) => check(await https.open({ method: 'POST', url: url.href, headers, body })),
    close: () => https.close(),
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
