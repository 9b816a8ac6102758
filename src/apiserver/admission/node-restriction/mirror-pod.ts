// Pods that a kubelet may create: images of its static pods, which reference nothing of the cluster.
import type { Container, Node, Pod } from '../../../api/core/v1.ts'
import { notFound } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { ValidatingAttributes } from '../admission.ts'
import { refuse } from '../refuse.ts'

const mirrorAnnotation = 'kubernetes.io/config.mirror'

/** What kind of object the pod needs, in the order in which upstream complains. */
function* referenced({ spec }: Pod): Generator<string> {
  const volumes = spec.volumes ?? []
  const projections = volumes.flatMap(({ projected }) => projected?.sources ?? [])
  const containers: readonly Container[] = [...spec.containers, ...(spec.initContainers ?? []), ...((spec.ephemeralContainers ?? []) as readonly Container[])]
  const env = containers.flatMap((c) => c.env ?? [])
  const envFrom = containers.flatMap((c) => c.envFrom ?? [])
  const volumeSecret = (volume: NonNullable<Pod['spec']['volumes']>[number]) =>
    volume.secret ??
    volume.azureFile ??
    volume.cephfs?.secretRef ??
    volume.cinder?.secretRef ??
    volume.csi?.nodePublishSecretRef ??
    volume.flexVolume?.secretRef ??
    volume.iscsi?.secretRef ??
    volume.rbd?.secretRef ??
    volume.scaleIO?.secretRef ??
    volume.storageos?.secretRef
  if (spec.serviceAccountName) yield 'a service account'
  const hasSecret =
    spec.imagePullSecrets?.length ||
    volumes.some(volumeSecret) ||
    projections.some((p) => p.secret) ||
    env.some((e) => e.valueFrom?.secretKeyRef) ||
    envFrom.some((e) => e.secretRef)
  if (hasSecret) yield 'secrets'
  const hasConfigMap =
    volumes.some((v) => v.configMap) ||
    projections.some((p) => p.configMap) ||
    env.some((e) => e.valueFrom?.configMapKeyRef) ||
    envFrom.some((e) => e.configMapRef)
  if (hasConfigMap) yield 'configmaps'
  if (projections.some((p) => p.clusterTrustBundle)) yield 'clustertrustbundles'
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
