// Which requests a signer honours, and for how long. Source: pkg/controller/certificates/signer/signer.go.
import type { CertificateRequest } from '../../pki/certificate-request.ts'
import { kubeletClientProblem, kubeletServingProblem, signerNames } from '../framework/kubelet-requests.ts'

type Asked = Omit<CertificateRequest, 'raw'>
export type SignerName = (typeof signerNames)[keyof typeof signerNames]

/** @returns why a signer will never sign this, in upstream's words; undefined when it will */
export const problemOf: { readonly [S in SignerName]: (asked: Asked, usages: readonly string[]) => string | undefined } = {
  [signerNames.kubeletServing]: kubeletServingProblem,
  [signerNames.apiServerClientKubelet]: kubeletClientProblem,
  [signerNames.apiServerClient]: (_, usages) => apiServerClientProblem(usages),
  // Whatever was approved: kept as it always was.
  [signerNames.legacyUnknown]: () => undefined,
}

export const isSignerName = (name: string): name is SignerName => Object.hasOwn(problemOf, name)

function apiServerClientProblem(usages: readonly string[]): string | undefined {
  const other = usages.find((usage) => usage !== 'digital signature' && usage !== 'key encipherment' && usage !== 'client auth')
  if (other !== undefined) return `invalid usage for client certificate: ${other}`
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth'
}

/** Twice the time by which certificates are backdated. */
const validityMsMin = 10 * 60_000

/** @param seconds `spec.expirationSeconds`. @param validityMsMax --cluster-signing-duration */
export function validityMs(seconds: number | undefined, validityMsMax: number): number {
  if (seconds === undefined) return validityMsMax
  const asked = seconds * 1000
  return asked > validityMsMax ? validityMsMax : Math.max(asked, validityMsMin)
}
