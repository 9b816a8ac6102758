// What belongs to a node: its pods, what they mention, and the volumes behind their claims. Upstream keeps a graph of all this;
// here a question walks from the node's pods, of which there are never many.
// Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/node/graph.go.
import type { PersistentVolume } from '../../../api/core/v1.ts'
import type { ResourceSlice } from '../../../api/resource/v1.ts'
import { persistentVolumes, resourceSlices, volumeAttachments } from '../../../api/resources.ts'
import type { VolumeAttachment } from '../../../api/storage/v1.ts'
import type { InformerFactory, Lister } from '../../../client/informers/informer.ts'
import type { PodReferences } from './pod-references.ts'
import type { PodsOfNodes } from './pods-of-nodes.ts'

export interface NodeGraph {
  /** @param id `group/plural`, core: `secrets` */
  isRelated(nodeName: string, id: string, namespace: string, name: string): boolean
}

interface Sources {
  readonly pods: PodsOfNodes
  readonly volumes: Pick<Lister<PersistentVolume>, 'get' | 'byIndex'>
  readonly attachments: Pick<Lister<VolumeAttachment>, 'get'>
  readonly slices: Pick<Lister<ResourceSlice>, 'get'>
}

const byClaim = 'claim'

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

export function nodeGraph({ pods, volumes, attachments, slices }: Sources): NodeGraph {
  const leads = (nodeName: string, namespace: string, name: string, to: (references: PodReferences) => ReadonlySet<string>) => {
    for (const { references } of pods.on(nodeName, namespace)) if (to(references).has(name)) return true
    return false
  }
  const mountsSecret = (nodeName: string, namespace: string, name: string) => {
    for (const pod of pods.on(nodeName)) {
      for (const claim of pod.references.claims) {
        for (const volume of volumes.byIndex(byClaim, `${pod.namespace}/${claim}`)) {
          for (const secret of secretsOfVolume(volume)) if (secret.namespace === namespace && secret.name === name) return true
        }
      }
    }
    return false
  }
  const runsAs = (nodeName: string, namespace: string, name: string) => {
    for (const { references } of pods.on(nodeName, namespace)) if (references.serviceAccount === name) return true
    return false
  }

  return {
    isRelated(nodeName, id, namespace, name) {
      switch (id) {
        case 'pods':
          return pods.nodeOf(`${namespace}/${name}`) === nodeName
        case 'secrets':
          return leads(nodeName, namespace, name, ({ secrets }) => secrets) || mountsSecret(nodeName, namespace, name)
        case 'configmaps':
          return leads(nodeName, namespace, name, ({ configMaps }) => configMaps)
        case 'serviceaccounts':
          return runsAs(nodeName, namespace, name)
        case 'persistentvolumeclaims':
          return leads(nodeName, namespace, name, ({ claims }) => claims)
        case 'persistentvolumes': {
          const claim = volumes.get(name)?.spec?.claimRef
          return claim?.name !== undefined && leads(nodeName, claim.namespace ?? '', claim.name, ({ claims }) => claims)
        }
        case 'resource.k8s.io/resourceclaims':
          return leads(nodeName, namespace, name, ({ resourceClaims }) => resourceClaims)
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

/** The graph of the cluster as it is. @param pods asked when the graph is first used */
export function followNodeGraph(informers: InformerFactory, pods: () => PodsOfNodes): NodeGraph {
  const volumeInformer = informers.for(persistentVolumes)
  volumeInformer.addIndex(byClaim, ({ spec }) => (spec?.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : []))
  return nodeGraph({
    pods: { nodeOf: (key) => pods().nodeOf(key), on: (nodeName, namespace) => pods().on(nodeName, namespace) },
    volumes: volumeInformer.lister,
    attachments: informers.for(volumeAttachments).lister,
    slices: informers.for(resourceSlices).lister,
  })
}
