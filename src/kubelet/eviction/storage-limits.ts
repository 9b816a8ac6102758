// Which pod has written more to the node's disk than it may. Pure. Source: Kubernetes 1.36 pkg/kubelet/eviction/eviction_manager.go
// (localStorageEviction), whose texts these are.

import type { Pod } from '../../api/core/v1.ts'
import { newQuantity, parseQuantity } from '../../apimachinery/quantity/quantity.ts'
import { total } from '../runtime/pod-resources.ts'
import { value } from '../runtime/quantities.ts'

const resource = 'ephemeral-storage'

/** Bytes on the node's disk. */
export interface StorageUsage {
  /** Container -> what it has written beside its image, and its logs. */
  readonly containers: ReadonlyMap<string, number>
  /** emptyDir on disk -> what is in it. */
  readonly volumes: ReadonlyMap<string, number>
  /** The hosts file, which every container of the pod may write to (CVE-2020-8557). */
  readonly hosts: number
}

/** Whether the pod says how much it may write. */
export const limitsStorage = ({ spec }: Pod): boolean =>
  [...spec.containers, ...(spec.initContainers ?? [])].some(({ resources }) => resources?.limits?.[resource] !== undefined) ||
  Boolean(spec.volumes?.some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined))

/** @returns why the pod has to go; undefined: it may stay */
export function storageExcess(pod: Pod, usage: StorageUsage): string | undefined {
  return volumeExcess(pod, usage) ?? podExcess(pod, usage) ?? containerExcess(pod, usage)
}

function volumeExcess({ spec }: Pod, { volumes }: StorageUsage): string | undefined {
  for (const { name, emptyDir } of spec.volumes ?? []) {
    const limit = emptyDir?.sizeLimit
    if (limit === undefined || value(limit) === 0 || (volumes.get(name) ?? 0) <= value(limit)) continue
    return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit ${JSON.stringify(parseQuantity(limit).toString())}. `
  }
  return undefined
}

function podExcess(pod: Pod, { containers, volumes, hosts }: StorageUsage): string | undefined {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  if (!all.some(({ resources }) => resources?.limits?.[resource] !== undefined)) return undefined
  const limit = total(pod, ({ resources }) => value(resources?.limits?.[resource] ?? '0'))!
  const used = [...containers.values(), ...volumes.values()].reduce((sum, bytes) => sum + bytes, hosts)
  if (used <= limit) return undefined
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${newQuantity(limit, { format: 'BinarySI' }).toString()}. `
}

function containerExcess({ spec }: Pod, { containers }: StorageUsage): string | undefined {
  for (const { name, resources } of spec.containers) {
    const limit = resources?.limits?.[resource]
    if (limit === undefined || value(limit) === 0 || (containers.get(name) ?? 0) <= value(limit)) continue
    return `Container ${name} exceeded its local ephemeral storage limit ${JSON.stringify(parseQuantity(limit).toString())}. `
  }
  return undefined
}
