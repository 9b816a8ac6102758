// Which secrets and config maps a pod names. Source: k8s.io/kubernetes pkg/api/v1/pod/util.go (VisitPodSecretNames,
// VisitPodConfigmapNames). A test holds this against the schema table, so that a new field cannot be forgotten.
import { type ContainerList, containerLists, containersIn } from './pod-containers.ts'
import type { Pod, Volume } from './v1.ts'

export type PodReference =
  | { readonly from: 'imagePullSecrets'; readonly name: string; readonly index: number }
  | { readonly from: 'env'; readonly name: string; readonly list: ContainerList; readonly container: string; readonly variable: string }
  | { readonly from: 'envFrom'; readonly name: string; readonly list: ContainerList; readonly container: string }
  /** `member`: of the volume, `projected` for each source. */
  | { readonly from: 'volume'; readonly name: string; readonly member: string }

/** Members of a volume that name one secret -> which. */
const volumeSecrets: readonly (readonly [keyof Volume, (volume: Volume) => string | undefined])[] = [
  ['azureFile', ({ azureFile }) => azureFile?.secretName],
  ['cephfs', ({ cephfs }) => cephfs?.secretRef?.name],
  ['cinder', ({ cinder }) => cinder?.secretRef?.name],
  ['csi', ({ csi }) => csi?.nodePublishSecretRef?.name],
  ['flexVolume', ({ flexVolume }) => flexVolume?.secretRef?.name],
  ['iscsi', ({ iscsi }) => iscsi?.secretRef?.name],
  ['rbd', ({ rbd }) => rbd?.secretRef?.name],
  ['scaleIO', ({ scaleIO }) => scaleIO?.secretRef?.name],
  ['secret', ({ secret }) => secret?.secretName],
  ['storageos', ({ storageos }) => storageos?.secretRef?.name],
]

type Side = 'secret' | 'configMap'
const keyRef = { secret: 'secretKeyRef', configMap: 'configMapKeyRef' } as const
const fromRef = { secret: 'secretRef', configMap: 'configMapRef' } as const

function* ofContainers({ spec }: Pod, side: Side): Generator<PodReference> {
  for (const list of containerLists) {
    for (const { name: container, env = [], envFrom = [] } of containersIn(spec, list)) {
      for (const { name: variable, valueFrom } of env) {
        const name = valueFrom?.[keyRef[side]]?.name
        if (name) yield { from: 'env', name, list, container, variable }
      }
      for (const source of envFrom) {
        const name = source[fromRef[side]]?.name
        if (name) yield { from: 'envFrom', name, list, container }
      }
    }
  }
}

function* projected({ projected: volume }: Volume, side: Side): Generator<PodReference> {
  for (const source of volume?.sources ?? []) {
    const name = source[side]?.name
    if (name) yield { from: 'volume', name, member: 'projected' }
  }
}

export function* secretReferences(pod: Pod): Generator<PodReference> {
  for (const volume of pod.spec.volumes ?? []) {
    for (const [member, nameOf] of volumeSecrets) {
      const name = nameOf(volume)
      if (name) yield { from: 'volume', name, member }
    }
    yield* projected(volume, 'secret')
  }
  yield* ofContainers(pod, 'secret')
  for (const [index, { name }] of (pod.spec.imagePullSecrets ?? []).entries()) if (name) yield { from: 'imagePullSecrets', name, index }
}

export function* configMapReferences(pod: Pod): Generator<PodReference> {
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.configMap?.name) yield { from: 'volume', name: volume.configMap.name, member: 'configMap' }
    yield* projected(volume, 'configMap')
  }
  yield* ofContainers(pod, 'configMap')
}
