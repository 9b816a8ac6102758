// The backend that ImagePolicyWebhook asks: one POST over TLS. Redirects are not followed, and what it says is bounded.
// Source: k8s.io/apiserver pkg/util/webhook/webhook.go.
import { Agent, request as httpsRequest } from 'node:https'
import type { HttpsTransportOptions } from '../../client/transport/https.ts'
import type { ImageReview, ImageReviewBackend } from '../admission/image-policy-webhook/review.ts'

/** client-go's limit for such a call. */
const timeoutMs = 30_000
const answerBytesMax = 1024 * 1024

/** @param connection of the kubeconfig that the plugin's configuration names; its server is the whole URL of the backend */
export function newImageReviewBackend(connection: HttpsTransportOptions): ImageReviewBackend {
  const { server, ca, clientCertificate, bearerToken, tlsServerName, insecureSkipTlsVerify } = connection
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  return (review) => {
    const { promise, resolve, reject } = Promise.withResolvers<ImageReview>()
    const body = JSON.stringify(review)
    const outgoing = httpsRequest(server, {
      method: 'POST',
      agent,
      timeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
      rejectUnauthorized: !insecureSkipTlsVerify,
      ...(ca === undefined ? {} : { ca }),
      ...clientCertificate?.(),
      ...(tlsServerName ? { servername: tlsServerName } : {}),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        accept: 'application/json',
        ...(bearerToken ? { authorization: `Bearer ${bearerToken()}` } : {}),
      },
    })
    outgoing.on('error', reject)
    outgoing.on('timeout', () => outgoing.destroy(new Error(`Post "${server}": context deadline exceeded`)))
    outgoing.on('response', (response) => {
      void readAnswer(response)
        .then((text) => {
          const { statusCode = 0 } = response
          if (statusCode < 200 || statusCode >= 300) throw new Error(`Error contacting webhook: ${statusCode}`)
          resolve(JSON.parse(text) as ImageReview)
        }, reject)
        .catch(reject)
    })
    outgoing.end(body)
    return promise
  }
}

async function readAnswer(response: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response) {
    bytes += chunk.length
    if (bytes > answerBytesMax) throw new Error(`the answer is longer than ${answerBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
