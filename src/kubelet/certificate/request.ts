// Asking the cluster for a certificate. Source: client-go util/certificate/csr/csr.go.
import { findDecision } from '../../api/certificates/conditions.ts'
import type { CertificateSigningRequest } from '../../api/certificates/v1.ts'
import type { New } from '../../api/object.ts'
import { certificateSigningRequests } from '../../api/resources.ts'
import { isGone } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import { newCertificateRequest } from '../../pki/certificate-request.ts'
import { isPair } from '../../pki/key-pair-files.ts'
import type { KeyPair } from '../../pki/x509.ts'

export interface Wanted {
  readonly signerName: string
  readonly usages: NonNullable<CertificateSigningRequest['spec']['usages']>
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly hosts: readonly string[]
  /** Left out: as long as the signer gives. */
  readonly expirationSeconds?: number
}

/**
 * Makes a key, asks for a certificate, and waits until it is there.
 * @throws {Error} when the request is denied or has failed; what the client throws; the signal's reason
 */
export async function requestCertificate(client: Pick<Client, 'create' | 'get' | 'watch'>, wanted: Wanted, signal: AbortSignal): Promise<KeyPair> {
  const { request, key } = await newCertificateRequest(wanted)
  const { signerName, usages, expirationSeconds } = wanted
  const object = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName: 'csr-' },
    spec: { request: Buffer.from(request).toString('base64'), signerName, usages, ...(expirationSeconds ? { expirationSeconds } : {}) },
  } as const
  const created = await client.create(certificateSigningRequests, object as unknown as New<CertificateSigningRequest>, { signal })
  const pair = { certificate: await waitUntilIssued(client, created, signal), key }
  if (!isPair(pair)) throw new Error(`the certificate of request ${created.metadata.name} is for another key`)
  return pair
}

/** @returns PEM; undefined while nothing is decided */
function outcomeOf(request: CertificateSigningRequest): string | undefined {
  for (const type of ['Denied', 'Failed'] as const) {
    const decision = findDecision(request, type)
    if (decision)
      throw new Error(
        `certificate signing request ${request.metadata.name} is ${type.toLowerCase()}, reason: ${decision.reason ?? ''}, message: ${decision.message ?? ''}`,
      )
  }
  const certificate = findDecision(request, 'Approved') && request.status?.certificate
  return certificate ? Buffer.from(certificate, 'base64').toString('latin1') : undefined
}

async function waitUntilIssued(client: Pick<Client, 'get' | 'watch'>, created: CertificateSigningRequest, signal: AbortSignal): Promise<string> {
  const { name } = created.metadata
  for (let request = created; ; request = await client.get(certificateSigningRequests, { name }, { signal })) {
    const done = outcomeOf(request) ?? (await watchUntilIssued(client, request, signal))
    if (done !== undefined) return done
    signal.throwIfAborted()
  }
}

/** @returns undefined when the server has ended the watch */
async function watchUntilIssued(client: Pick<Client, 'watch'>, { metadata }: CertificateSigningRequest, signal: AbortSignal): Promise<string | undefined> {
  const options = { fieldSelector: `metadata.name=${metadata.name}`, resourceVersion: metadata.resourceVersion! }
  try {
    for await (const event of client.watch(certificateSigningRequests, options, signal)) {
      if (event.type === 'DELETED') throw new Error(`certificate signing request ${metadata.name} was deleted`)
      const done = event.type === 'BOOKMARK' ? undefined : outcomeOf(event.object)
      if (done !== undefined) return done
    }
  } catch (error) {
    if (!isGone(error)) throw error
  }
  return undefined
}
