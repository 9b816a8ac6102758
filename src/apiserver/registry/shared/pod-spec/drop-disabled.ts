// Fields of features that are off in 1.36 by default: a server without them does not store them, unless the old object has them.
// Source: pkg/api/pod/util.go (dropDisabledFields).
import type { Container, ContainerStatus, PodSpec, PodStatus, VolumeProjection } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { emptyAsNull } from '../empty-lists.ts'

const projectionsOf = (spec: PodSpec | undefined): readonly VolumeProjection[] => (spec?.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? [])
const containersOf = (spec: PodSpec | undefined): readonly Mutable<Container>[] =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])] as Mutable<Container>[]

function dropProjections(spec: Mutable<PodSpec>, old: PodSpec | undefined, kind: 'clusterTrustBundle' | 'podCertificate'): void {
  if (projectionsOf(old).some((source) => source[kind])) return
  for (const volume of spec.volumes ?? []) for (const source of (volume.projected?.sources ?? []) as Mutable<VolumeProjection>[]) delete source[kind]
}

function dropStopSignals(spec: Mutable<PodSpec>, old: PodSpec | undefined): void {
  if (containersOf(old).some(({ lifecycle }) => lifecycle?.stopSignal)) return
  for (const container of containersOf(spec as PodSpec)) {
    if (!container.lifecycle?.stopSignal) continue
    delete container.lifecycle.stopSignal
    if (Object.keys(container.lifecycle).length === 0) delete container.lifecycle
  }
}

/** Projections without sources get their stored form on the way. @param old the stored spec; absent on create */
export function dropDisabledFields(spec: Mutable<PodSpec>, old?: PodSpec): void {
  dropProjections(spec, old, 'clusterTrustBundle')
  dropProjections(spec, old, 'podCertificate')
  dropStopSignals(spec, old)
  for (const { projected } of spec.volumes ?? []) emptyAsNull(projected, 'sources')
  if (!old?.schedulingGroup) delete spec.schedulingGroup
}

type Statuses = readonly Mutable<ContainerStatus>[]
const statusesOf = (status: PodStatus | undefined): Statuses =>
  [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? []), ...(status?.ephemeralContainerStatuses ?? [])] as unknown as Statuses
const mountsOf = (status: PodStatus | undefined) => statusesOf(status).flatMap(({ volumeMounts }) => volumeMounts ?? [])

/** {@link dropDisabledFields}, of what is reported. @param old the stored status */
export function dropDisabledStatusFields(status: Mutable<PodStatus>, old: PodStatus | undefined): void {
  if (statusesOf(status).some(({ stopSignal }) => stopSignal !== undefined) && !statusesOf(old).some(({ stopSignal }) => stopSignal !== undefined)) {
    for (const one of statusesOf(status)) delete one.stopSignal
  }
  if (mountsOf(status).some(({ volumeStatus }) => volumeStatus) && !mountsOf(old).some(({ volumeStatus }) => volumeStatus)) {
    for (const mount of mountsOf(status)) delete mount.volumeStatus
  }
  if (status.nodeAllocatableResourceClaimStatuses && !old?.nodeAllocatableResourceClaimStatuses) delete status.nodeAllocatableResourceClaimStatuses
}
