// Pods that a kubelet may create: images of its static pods, which reference nothing of the cluster.
import { configMapReferences, secretReferences } from '../../../api/core/pod-references.ts'
import type { Node, Pod } from '../../../api/core/v1.ts'
import { notFound } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { ValidatingAttributes } from '../admission.ts'
import { refuse } from '../refuse.ts'

const mirrorAnnotation = 'kubernetes.io/config.mirror'

/** What kind of object the pod needs, in the order in which upstream complains. */
function* referenced(pod: Pod): Generator<string> {
  const { spec } = pod
  const volumes = spec.volumes ?? []
  if (spec.serviceAccountName) yield 'a service account'
  if (!secretReferences(pod).next().done) yield 'secrets'
  if (!configMapReferences(pod).next().done) yield 'configmaps'
  if (volumes.some(({ projected }) => projected?.sources?.some((source) => source.clusterTrustBundle))) yield 'clustertrustbundles'
  if (volumes.some((v) => v.persistentVolumeClaim)) yield 'persistentvolumeclaims'
  if (spec.resourceClaims?.length) yield 'resourceclaims'
}

/** @throws {ApiError} 403, 404 */
export function checkMirrorPod(nodeName: string, attributes: ValidatingAttributes, nodes: Pick<StoreLister<Node>, 'get'>): void {
  const pod = attributes.object as Pod
  const node = `node ${goQuote(nodeName)}`
  if (pod.metadata.annotations?.[mirrorAnnotation] === undefined) {
    throw refuse(attributes, `pod does not have ${goQuote(mirrorAnnotation)} annotation, ${node} can only create mirror pods`)
  }
  if (pod.spec.nodeName !== nodeName) throw refuse(attributes, `${node} can only create pods with spec.nodeName set to itself`)
  const [owner, ...others] = pod.metadata.ownerReferences ?? []
  if (others.length) throw refuse(attributes, `${node} can only create pods with a single owner reference set to itself`)
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== nodeName) {
    throw refuse(attributes, `${node} can only create pods with an owner reference set to itself`)
  }
  if (!owner.controller) throw refuse(attributes, `${node} can only create pods with a controller owner reference set to itself`)
  if (owner.blockOwnerDeletion) throw refuse(attributes, `${node} must not set blockOwnerDeletion on an owner reference`)
  const found = nodes.get(nodeName)
  if (!found) throw notFound({ group: '', plural: 'node' }, nodeName)
  if (owner.uid !== found.metadata.uid) throw refuse(attributes, `node ${nodeName} UID mismatch: expected ${owner.uid} got ${found.metadata.uid}`)
  for (const kind of referenced(pod)) throw refuse(attributes, `${node} can not create pods that reference ${kind}`)
}
