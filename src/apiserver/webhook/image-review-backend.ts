// The backend that ImagePolicyWebhook asks: one POST over TLS. What it says is bounded.
// Source: k8s.io/apiserver pkg/util/webhook/webhook.go.
import type { HttpsTransportOptions } from '../../client/transport/https.ts'
import type { ImageReview, ImageReviewBackend } from '../admission/image-policy-webhook/review.ts'
import { newHttpsClient } from './https-client.ts'

/** client-go's limit for such a call. */
const timeoutMs = 30_000

/** @param connection of the kubeconfig that the plugin's configuration names; its server is the whole URL of the backend */
export function newImageReviewBackend({ server: url, ...trust }: HttpsTransportOptions): ImageReviewBackend {
  const https = newHttpsClient({ ...trust, timeoutMs })
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return async (review) => {
    const { status, body } = await https.send({ method: 'POST', url, headers, body: JSON.stringify(review) })
    if (status < 200 || status >= 300) throw new Error(`Error contacting webhook: ${status}`)
    return JSON.parse(body) as ImageReview
  }
}
