// The two certificates of a kubelet: who it is to the API server, and what it shows to its own clients.
// Source: pkg/kubelet/certificate/kubelet.go.
import type { Wanted } from './request.ts'

const organizations = ['system:nodes']
const commonNameOf = (nodeName: string) => `system:node:${nodeName}`

/** Keys are elliptic, which encipher no keys: key encipherment is not asked for. */
export const clientCertificateOf = (nodeName: string): Wanted => ({
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  usages: ['digital signature', 'client auth'],
  commonName: commonNameOf(nodeName),
  organizations,
  hosts: [],
})

/** @param addresses of the node, as its Node object will state them */
export const servingCertificateOf = (nodeName: string, addresses: readonly string[]): Wanted => ({
  signerName: 'kubernetes.io/kubelet-serving',
  usages: ['digital signature', 'server auth'],
  commonName: commonNameOf(nodeName),
  organizations,
  hosts: [...new Set([nodeName, ...addresses])],
})
