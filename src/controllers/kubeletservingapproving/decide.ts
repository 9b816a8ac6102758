// Whose names a kubelet may serve under: those that its Node object states, and no other node claims.
import type { CertificateSigningRequestSpec } from '../../api/certificates/v1.ts'
import type { Node } from '../../api/core/v1.ts'
import type { CertificateRequest } from '../../pki/certificate-request.ts'
import { kubeletServingProblem, nodesGroup, nodeUserPrefix } from '../framework/kubelet-requests.ts'

export interface Facts {
  readonly spec: CertificateSigningRequestSpec
  readonly asked: Omit<CertificateRequest, 'raw'>
  readonly nodes: readonly Node[]
}

const addressesOf = (node: Node) => new Set([node.metadata.name, ...(node.status?.addresses ?? []).map(({ address }) => address)])

/** @returns why the request is left alone: it is not plainly a kubelet's own, and somebody else may still approve it; undefined to approve */
export function whyNot({ spec, asked, nodes }: Facts): string | undefined {
  const problem = kubeletServingProblem(asked, spec.usages ?? [])
  if (problem) return problem
  if (spec.username !== asked.commonName || !spec.groups?.includes(nodesGroup)) return 'the requester is not the node of the subject'
  const name = asked.commonName.slice(nodeUserPrefix.length)
  const node = nodes.find((each) => each.metadata.name === name)
  if (!node) return 'the node does not exist'
  const own = addressesOf(node)
  const others = new Set(nodes.filter((each) => each !== node).flatMap((each) => [...addressesOf(each)]))
  const wanted = [...asked.dnsNames, ...asked.ipAddresses]
  const foreign = wanted.find((host) => !own.has(host))
  if (foreign !== undefined) return `${foreign} is no name or address of the node`
  // A node writes its own status: an address that two nodes state belongs to neither until somebody has looked.
  const shared = wanted.find((host) => others.has(host))
  return shared === undefined ? undefined : `${shared} is claimed by another node, too`
}
