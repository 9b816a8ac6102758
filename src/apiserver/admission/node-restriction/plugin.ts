// NodeRestriction: what the rights of all nodes allow, a kubelet may do only to its own node, its own pods and what belongs to
// them. Source: k8s.io/kubernetes plugin/pkg/admission/noderestriction/admission.go.
import type { CertificateSigningRequest } from '../../../api/certificates/v1.ts'
import type { Node, PersistentVolumeClaim, Pod } from '../../../api/core/v1.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { ResourceSlice } from '../../../api/resource/v1.ts'
import { notFound } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { semanticEqual } from '../../../apimachinery/json-equal.ts'
import type { UserInfo } from '../../authn/user.ts'
import { nodeNameOf, nodesGroup } from '../../authn/well-known-users.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import { ask } from '../../authz/questions.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { parseCertificateRequest } from '../certificate-request.ts'
import { refuse } from '../refuse.ts'
import { checkMirrorPod } from './mirror-pod.ts'
import { forbiddenLabels } from './node-labels.ts'
import { checkTokenRequest, type TokenRequestDependencies } from './token-request.ts'

export interface NodeRestrictionDependencies extends TokenRequestDependencies {
  readonly nodes: Pick<StoreLister<Node>, 'get'>
}

type Rule = (nodeName: string, attributes: ValidatingAttributes, deps: NodeRestrictionDependencies) => Promise<void> | void

const pods: Rule = (nodeName, attributes, deps) => {
  const { operation, subresource, oldObject } = attributes
  const node = `node ${goQuote(nodeName)}`
  if (subresource === 'status') return podStatus(nodeName, attributes)
  if (subresource === 'eviction') return podEviction(nodeName, attributes, deps)
  if (subresource) throw refuse(attributes, `unexpected pod subresource ${goQuote(subresource)}, only 'status' and 'eviction' are allowed`)
  if (operation === 'CREATE') return checkMirrorPod(nodeName, attributes, deps.nodes)
  if (operation !== 'DELETE') throw refuse(attributes, `unexpected operation ${goQuote(operation)}, ${node} can only create and delete mirror pods`)
  if ((oldObject as Pod).spec.nodeName !== nodeName) throw refuse(attributes, `${node} can only delete pods with spec.nodeName set to itself`)
}

function podStatus(nodeName: string, attributes: ValidatingAttributes): void {
  const { operation } = attributes
  const node = `node ${goQuote(nodeName)}`
  if (operation !== 'UPDATE') throw refuse(attributes, `unexpected operation ${goQuote(operation)}`)
  const [old, pod] = [attributes.oldObject as Pod, attributes.object as Pod]
  if (old.spec.nodeName !== nodeName) throw refuse(attributes, `${node} can only update pod status for pods with spec.nodeName set to itself`)
  if (!semanticEqual(old.metadata.labels ?? {}, pod.metadata.labels ?? {})) throw refuse(attributes, `${node} cannot update labels through pod status`)
  if (!semanticEqual(old.status?.resourceClaimStatuses ?? [], pod.status?.resourceClaimStatuses ?? [])) {
    throw refuse(attributes, `${node} cannot update resource claim statues`)
  }
  if (!semanticEqual(old.status?.extendedResourceClaimStatus, pod.status?.extendedResourceClaimStatus)) {
    throw refuse(attributes, `${node} cannot update extended resource claim status`)
  }
}

function podEviction(nodeName: string, attributes: ValidatingAttributes, deps: NodeRestrictionDependencies): void {
  if (attributes.operation !== 'CREATE') throw refuse(attributes, `unexpected operation ${attributes.operation}`)
  const name = attributes.name || attributes.object?.metadata.name
  if (!name) throw refuse(attributes, 'could not determine pod from request data')
  const pod = deps.pods.get(`${attributes.namespace}/${name}`)
  if (!pod) throw notFound({ group: '', plural: 'pod' }, name)
  if (pod.spec.nodeName !== nodeName) throw refuse(attributes, `node ${nodeName} can only evict pods with spec.nodeName set to itself`)
}

const nodes: Rule = (nodeName, attributes) => {
  const { operation, object } = attributes
  const requested = attributes.name || object?.metadata.name || ''
  const node = `node ${goQuote(nodeName)}`
  if (requested !== nodeName) throw refuse(attributes, `${node} is not allowed to modify node ${goQuote(requested)}`)
  const [now, old] = [object as Node | undefined, attributes.oldObject as Node | undefined]
  if (operation === 'CREATE') {
    if (now?.spec?.configSource) throw refuse(attributes, `${node} is not allowed to create pods with a non-nil configSource`)
    const labels = forbiddenLabels(now?.metadata.labels)
    if (labels.length) throw refuse(attributes, `${node} is not allowed to set the following labels: ${labels.join(', ')}`)
  }
  if (operation !== 'UPDATE' || !now || !old) return
  if (now.spec?.configSource && !semanticEqual(now.spec.configSource, old.spec?.configSource)) {
    throw refuse(attributes, `${node} is not allowed to update configSource to a new non-nil configSource`)
  }
  if (!semanticEqual(now.spec?.taints ?? [], old.spec?.taints ?? [])) throw refuse(attributes, `${node} is not allowed to modify taints`)
  if (!semanticEqual(now.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? [])) {
    throw refuse(attributes, `${node} is not allowed to modify ownerReferences`)
  }
  const labels = forbiddenLabels(now.metadata.labels, old.metadata.labels)
  if (labels.length) throw refuse(attributes, `is not allowed to modify labels: ${labels.join(', ')}`)
}

/** Without what a node may change of a claim's status. */
function fixedPart(claim: KubeObject): unknown {
  const { metadata, status, ...rest } = claim as PersistentVolumeClaim
  const { resourceVersion: _version, managedFields: _fields, ...meta } = metadata
  const { capacity: _capacity, conditions: _conditions, allocatedResources: _allocated, allocatedResourceStatuses: _statuses, ...kept } = status ?? {}
  return { ...rest, metadata: meta, status: kept }
}

const claims: Rule = (nodeName, attributes) => {
  if (attributes.subresource !== 'status') throw refuse(attributes, 'may only update PVC status')
  if (attributes.operation !== 'UPDATE') throw refuse(attributes, `unexpected operation ${goQuote(attributes.operation)}`)
  if (semanticEqual(fixedPart(attributes.oldObject!), fixedPart(attributes.object!))) return
  throw refuse(attributes, `node ${goQuote(nodeName)} is not allowed to update fields other than status.capacity and status.conditions`)
}

const serviceAccounts: Rule = (nodeName, attributes, deps) => {
  if (attributes.operation === 'CREATE' && attributes.subresource === 'token') return ask(deps.authorizer, checkTokenRequest(nodeName, attributes, deps))
  return undefined
}

const leases: Rule = (nodeName, attributes) => {
  if (attributes.namespace !== 'kube-node-lease') throw refuse(attributes, 'can only access leases in the "kube-node-lease" system namespace')
  const name = attributes.operation === 'CREATE' ? attributes.object?.metadata.name : attributes.name
  if (name !== nodeName) throw refuse(attributes, 'can only access node lease with the same name as the requesting node')
}

const csiNodes: Rule = (nodeName, attributes) => {
  const name = attributes.operation === 'CREATE' ? attributes.object?.metadata.name : attributes.name
  if (name !== nodeName) throw refuse(attributes, 'can only access CSINode with the same name as the requesting node')
}

/** Updates are the node authorizer's business; of a create and of a deletecollection only admission knows the object. */
const resourceSlices: Rule = (nodeName, attributes) => {
  const { operation } = attributes
  if (operation !== 'CREATE' && operation !== 'DELETE') return
  const slice = (operation === 'CREATE' ? attributes.object : attributes.oldObject) as ResourceSlice
  if (slice.spec.nodeName === nodeName) return
  throw refuse(attributes, `can only ${operation.toLowerCase()} ResourceSlice with the same NodeName as the requesting node`)
}

const nodeSigners: ReadonlySet<string> = new Set(['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet'])

const certificateRequests: Rule = async (_, attributes) => {
  if (attributes.operation !== 'CREATE' || attributes.subresource) return
  const { spec } = attributes.object as CertificateSigningRequest
  if (!nodeSigners.has(spec.signerName)) return
  const request = await parseCertificateRequest(spec.request)
  if (!request) throw refuse(attributes, 'unable to parse csr')
  if (request.commonName !== attributes.user.name) throw refuse(attributes, `can only create a node CSR with CN=${attributes.user.name}`)
}

const rules: ReadonlyMap<string, Rule> = new Map([
  ['pods', pods],
  ['nodes', nodes],
  ['persistentvolumeclaims', claims],
  ['serviceaccounts', serviceAccounts],
  ['coordination.k8s.io/leases', leases],
  ['storage.k8s.io/csinodes', csiNodes],
  ['resource.k8s.io/resourceslices', resourceSlices],
  ['certificates.k8s.io/certificatesigningrequests', certificateRequests],
])

const isNode = ({ name, groups }: UserInfo) => groups.includes(nodesGroup) && name.startsWith('system:node:')

export function newNodeRestriction(deps: NodeRestrictionDependencies): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    handles: (operation) => operation !== 'CONNECT',
    inputs: ({ user }) => (isNode(user) ? undefined : []),
    admit(attributes) {
      const { user, resource } = attributes
      if (!isNode(user)) return undefined
      const nodeName = nodeNameOf(user.name)
      if (!nodeName) throw refuse(attributes, `could not determine node from user ${goQuote(user.name)}`)
      return rules.get(resource.group ? `${resource.group}/${resource.plural}` : resource.plural)?.(nodeName, attributes, deps)
    },
  }
}
