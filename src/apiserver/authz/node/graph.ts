// What belongs to a node: its pods, what they mention, and the volumes behind their claims. Upstream keeps a graph of all this;
// here a question walks from the node's pods, of which there are never many.
// Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/node/graph.go.
import type { PersistentVolume, Pod } from '../../../api/core/v1.ts'
import type { ResourceSlice } from '../../../api/resource/v1.ts'
import { persistentVolumes, pods, resourceSlices, volumeAttachments } from '../../../api/resources.ts'
import type { VolumeAttachment } from '../../../api/storage/v1.ts'
import type { InformerFactory, Lister } from '../../../client/informers/informer.ts'
import { claimNames, configMapNames, resourceClaimNames, secretNames } from './pod-references.ts'

export interface NodeGraph {
  /** @param id `group/plural`, core: `secrets` */
  isRelated(nodeName: string, id: string, namespace: string, name: string): boolean
}

interface Listers {
  readonly pods: Pick<Lister<Pod>, 'get' | 'byIndex'>
  readonly volumes: Pick<Lister<PersistentVolume>, 'get' | 'byIndex'>
  readonly attachments: Pick<Lister<VolumeAttachment>, 'get'>
  readonly slices: Pick<Lister<ResourceSlice>, 'get'>
}

const byNode = 'node'
const byClaim = 'claim'
const mirrorAnnotation = 'kubernetes.io/config.mirror'

/** Secrets that a kubelet needs to mount the volume. */
function* secretsOfVolume({ spec }: PersistentVolume): Generator<{ readonly namespace: string; readonly name: string }> {
  const own = spec?.claimRef?.namespace ?? ''
  const { azureFile, cephfs, cinder, csi, flexVolume, iscsi, rbd, scaleIO, storageos } = spec ?? {}
  if (azureFile) yield { namespace: azureFile.secretNamespace ?? own, name: azureFile.secretName }
  const references = [
    csi?.nodePublishSecretRef,
    csi?.nodeStageSecretRef,
    csi?.nodeExpandSecretRef,
    ...[cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos].map((source) => source?.secretRef),
  ]
  for (const reference of references) if (reference?.name) yield { namespace: reference.namespace || own, name: reference.name }
}

export function nodeGraph({ pods: podLister, volumes, attachments, slices }: Listers): NodeGraph {
  /** Mirror pods show what runs anyway; what they mention is none of the kubelet's business. */
  const podsOf = (nodeName: string, namespace?: string) =>
    podLister
      .byIndex(byNode, nodeName)
      .filter(({ metadata }) => metadata.annotations?.[mirrorAnnotation] === undefined && (namespace === undefined || metadata.namespace === namespace))
  const mentions = (nodeName: string, namespace: string, name: string, of: (pod: Pod) => ReadonlySet<string>) =>
    podsOf(nodeName, namespace).some((pod) => of(pod).has(name))
  const mountsSecret = (nodeName: string, namespace: string, name: string) =>
    podsOf(nodeName).some((pod) =>
      [...claimNames(pod)]
        .flatMap((claim) => volumes.byIndex(byClaim, `${pod.metadata.namespace}/${claim}`))
        .some((volume) => [...secretsOfVolume(volume)].some((secret) => secret.namespace === namespace && secret.name === name)),
    )

  return {
    isRelated(nodeName, id, namespace, name) {
      switch (id) {
        case 'pods':
          return podLister.get(`${namespace}/${name}`)?.spec.nodeName === nodeName
        case 'secrets':
          return mentions(nodeName, namespace, name, secretNames) || mountsSecret(nodeName, namespace, name)
        case 'configmaps':
          return mentions(nodeName, namespace, name, configMapNames)
        case 'serviceaccounts':
          return podsOf(nodeName, namespace).some(({ spec }) => spec.serviceAccountName === name)
        case 'persistentvolumeclaims':
          return mentions(nodeName, namespace, name, claimNames)
        case 'persistentvolumes': {
          const claim = volumes.get(name)?.spec?.claimRef
          return claim?.name !== undefined && mentions(nodeName, claim.namespace ?? '', claim.name, claimNames)
        }
        case 'resource.k8s.io/resourceclaims':
          return mentions(nodeName, namespace, name, resourceClaimNames)
        case 'resource.k8s.io/resourceslices':
          return slices.get(name)?.spec.nodeName === nodeName
        case 'storage.k8s.io/volumeattachments':
          return attachments.get(name)?.spec.nodeName === nodeName
        default:
          return false
      }
    },
  }
}

/** The graph of the cluster as informers know it. */
export function followNodeGraph(informers: InformerFactory): NodeGraph {
  const podInformer = informers.for(pods)
  podInformer.addIndex(byNode, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))
  const volumeInformer = informers.for(persistentVolumes)
  volumeInformer.addIndex(byClaim, ({ spec }) => (spec?.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : []))
  return nodeGraph({
    pods: podInformer.lister,
    volumes: volumeInformer.lister,
    attachments: informers.for(volumeAttachments).lister,
    slices: informers.for(resourceSlices).lister,
  })
}
