// The names of other objects that a pod mentions. Source: k8s.io/kubernetes pkg/api/v1/pod/util.go
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

type Names = ReadonlySet<string>

/** All of a pod's specification and status that leads to other objects of its namespace. */
export interface PodReferences {
  readonly secrets: Names
  readonly configMaps: Names
  readonly claims: Names
  readonly resourceClaims: Names
  readonly serviceAccount: string | undefined
}

const nothing: Names = new Set()

function names(mentions: Iterable<string | undefined>): Names {
  const found = new Set([...mentions].filter((name): name is string => Boolean(name)))
  return found.size > 0 ? found : nothing
}

/** Claims by name and those made for the pod alone. */
function claimMentions({ metadata, spec }: Pod): readonly (string | undefined)[] {
  return (spec.volumes ?? []).map(({ name, persistentVolumeClaim, ephemeral }) => persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata.name}-${name}`))
}

function resourceClaimMentions({ spec, status }: Pod): readonly (string | undefined)[] {
  return [
    ...(spec.resourceClaims ?? []).map(({ resourceClaimName }) => resourceClaimName),
    ...(status?.resourceClaimStatuses ?? []).map(({ resourceClaimName }) => resourceClaimName),
    status?.extendedResourceClaimStatus?.resourceClaimName,
  ]
}

export function podReferences(pod: Pod): PodReferences {
  return {
    secrets: names(secretMentions(pod)),
    configMaps: names(configMapMentions(pod)),
    claims: names(claimMentions(pod)),
    resourceClaims: names(resourceClaimMentions(pod)),
    serviceAccount: pod.spec.serviceAccountName,
  }
}

const mirrorAnnotation = 'kubernetes.io/config.mirror'
const noReferences: PodReferences = { secrets: nothing, configMaps: nothing, claims: nothing, resourceClaims: nothing, serviceAccount: undefined }

/** What its node's kubelet may follow: a mirror pod shows what runs anyway, and what it mentions is none of the kubelet's business. */
export const followedReferences = (pod: Pod): PodReferences => (pod.metadata.annotations?.[mirrorAnnotation] === undefined ? podReferences(pod) : noReferences)
