// What makes a request a kubelet's. Source: pkg/apis/certificates/helpers.go (ValidateKubeletClientCSR, ValidateKubeletServingCSR).
import type { CertificateRequest } from '../../pki/certificate-request.ts'

export const signerNames = {
  apiServerClient: 'kubernetes.io/kube-apiserver-client',
  apiServerClientKubelet: 'kubernetes.io/kube-apiserver-client-kubelet',
  kubeletServing: 'kubernetes.io/kubelet-serving',
  legacyUnknown: 'kubernetes.io/legacy-unknown',
} as const

export const nodeUserPrefix = 'system:node:'
export const nodesGroup = 'system:nodes'

type Asked = Omit<CertificateRequest, 'raw'>

const notOfNodes = 'subject organization is not system:nodes'
const notANode = 'subject common name does not begin with system:node:'

const isOfNodes = ({ organizations }: Asked) => organizations.length === 1 && organizations[0] === nodesGroup

/** Exactly what is required; key encipherment is for RSA keys and may be left out. */
function usageProblem(usages: readonly string[], purpose: 'client auth' | 'server auth'): string | undefined {
  const required = [purpose, 'digital signature', 'key encipherment'].toSorted()
  const given = new Set(usages)
  given.delete('key encipherment')
  const matches = given.size === 2 && given.has(purpose) && given.has('digital signature')
  return matches ? undefined : `usages did not match [${required.join(' ')}]`
}

/** @returns what is wrong with a request for a kubelet's identity, in upstream's words and order */
export function kubeletClientProblem(asked: Asked, usages: readonly string[]): string | undefined {
  if (!isOfNodes(asked)) return notOfNodes
  if (asked.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed'
  if (asked.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed'
  if (asked.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed'
  if (asked.uris.length > 0) return 'URI subjectAltNames are not allowed'
  if (!asked.commonName.startsWith(nodeUserPrefix)) return notANode
  return usageProblem(usages, 'client auth')
}

/** @returns what is wrong with a request for a kubelet's serving certificate */
export function kubeletServingProblem(asked: Asked, usages: readonly string[]): string | undefined {
  if (!isOfNodes(asked)) return notOfNodes
  if (asked.dnsNames.length + asked.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required'
  if (asked.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed'
  if (asked.uris.length > 0) return 'URI subjectAltNames are not allowed'
  return usageProblem(usages, 'server auth') ?? (asked.commonName.startsWith(nodeUserPrefix) ? undefined : notANode)
}
