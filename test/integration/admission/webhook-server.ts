// A real HTTPS server that answers AdmissionReviews.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'

export interface Asked {
  readonly path: string
  readonly apiVersion: string
  readonly request: Readonly<Record<string, unknown>> & { readonly uid: string; readonly operation: string; readonly object: Made; readonly oldObject: Made }
}

/** As much of a ConfigMap as webhooks here look at. */
interface Made {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>>
}

/** Undefined: no answer at all. A text is sent as it is, with the status of an error. */
type Answer = object | string | undefined

export interface WebhookServer extends AsyncDisposable {
  readonly port: number
  /** base64 of PEM. */
  readonly caBundle: string
  readonly asked: Asked[]
  /** @param answer the response, without its uid */
  on(path: string, answer: (asked: Asked['request']) => Answer): void
}

export const jsonPatch = (...operations: readonly object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
})

/** @param hosts names and addresses that its certificate is for */
export async function startWebhooks(hosts: readonly string[]): Promise<WebhookServer> {
  const ca = await CertificateAuthority.create('webhooks', systemClock)
  const { certificate: cert, key } = await ca.issue({ commonName: 'webhook', hosts, usages: ['server'], validityDays: 1 })
  const asked: Asked[] = []
  const handlers = new Map<string, (request: Asked['request']) => Answer>()
  const server = createServer({ cert, key }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const review = JSON.parse(Buffer.concat(chunks).toString()) as Omit<Asked, 'path'>
    const url = new URL(request.url!, 'https://webhook')
    asked.push({ ...review, path: request.url! })
    const answer = handlers.get(url.pathname)!(review.request)
    if (answer === undefined) return
    if (typeof answer === 'string') return void response.writeHead(500, { 'content-type': 'text/plain' }).end(answer)
    const { apiVersion } = review
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ kind: 'AdmissionReview', apiVersion, response: { uid: review.request.uid, ...answer } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(ca.pair.certificate).toString('base64'),
    asked,
    on: (path, answer) => void handlers.set(path, answer),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
