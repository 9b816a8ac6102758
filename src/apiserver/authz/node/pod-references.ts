// The names of secrets and config maps that a pod mentions. Source: k8s.io/kubernetes pkg/api/v1/pod/util.go
// (VisitPodSecretNames, VisitPodConfigmapNames).
import type { Container, Pod, Volume } from '../../../api/core/v1.ts'

const containersOf = ({ spec }: Pod): readonly Container[] => [
  ...spec.containers,
  ...(spec.initContainers ?? []),
  ...((spec.ephemeralContainers ?? []) as readonly Container[]),
]

function* secretsOfVolume(volume: Volume): Generator<string | undefined> {
  const { azureFile, cephfs, cinder, csi, flexVolume, iscsi, projected, rbd, scaleIO, secret, storageos } = volume
  yield secret?.secretName
  yield azureFile?.secretName
  yield csi?.nodePublishSecretRef?.name
  for (const source of [cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos]) yield source?.secretRef?.name
  for (const source of projected?.sources ?? []) yield source.secret?.name
}

function* secretMentions(pod: Pod): Generator<string | undefined> {
  for (const { name } of pod.spec.imagePullSecrets ?? []) yield name
  for (const { env = [], envFrom = [] } of containersOf(pod)) {
    for (const { secretRef } of envFrom) yield secretRef?.name
    for (const { valueFrom } of env) yield valueFrom?.secretKeyRef?.name
  }
  for (const volume of pod.spec.volumes ?? []) yield* secretsOfVolume(volume)
}

function* configMapMentions(pod: Pod): Generator<string | undefined> {
  for (const { env = [], envFrom = [] } of containersOf(pod)) {
    for (const { configMapRef } of envFrom) yield configMapRef?.name
    for (const { valueFrom } of env) yield valueFrom?.configMapKeyRef?.name
  }
  for (const { configMap, projected } of pod.spec.volumes ?? []) {
    yield configMap?.name
    for (const source of projected?.sources ?? []) yield source.configMap?.name
  }
}

const names = (mentions: Iterable<string | undefined>): ReadonlySet<string> => new Set([...mentions].filter((name): name is string => Boolean(name)))

export const secretNames = (pod: Pod): ReadonlySet<string> => names(secretMentions(pod))
export const configMapNames = (pod: Pod): ReadonlySet<string> => names(configMapMentions(pod))

/** Claims by name and those made for the pod alone. */
export function claimNames({ metadata, spec }: Pod): ReadonlySet<string> {
  return names(
    (spec.volumes ?? []).map(({ name, persistentVolumeClaim, ephemeral }) => persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata.name}-${name}`)),
  )
}

export function resourceClaimNames({ spec, status }: Pod): ReadonlySet<string> {
  const made = (status?.resourceClaimStatuses ?? []).map(({ resourceClaimName }) => resourceClaimName)
  return names([
    ...(spec.resourceClaims ?? []).map(({ resourceClaimName }) => resourceClaimName),
    ...made,
    status?.extendedResourceClaimStatus?.resourceClaimName,
  ])
}
