// The cgroup of each pod, with the limits of the pod as a whole: kubepods[/burstable|/besteffort]/pod<uid>.
// Source: Kubernetes 1.36 pkg/kubelet/cm/pod_container_manager_linux.go, helpers_linux.go (ResourceConfigForPod).

import { mkdir, readdir, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Pod } from '../../api/core/v1.ts'
import type { Logger } from '../../component-base/logger.ts'
import { cpuQuotaUs, cpuShares, qosClass } from '../runtime/resources.ts'
import { podLimits } from '../runtime/pod-resources.ts'

export interface PodCgroups {
  /** For the sandbox; relative to the hierarchy. */
  parentOf(pod: Pod): string
  /** Makes the pod's cgroup and sets its limits. What fails is tried again by the next call: a limit below present use comes after the containers'. */
  ensure(pod: Pod): Promise<void>
  remove(uid: string): Promise<void>
}

export interface PodCgroupOptions {
  /** Where cgroup file systems are mounted. */
  readonly mountPoint: string
  /** Above kubepods; '/' for the root. Several kubelets of one machine have their own. */
  readonly root: string
  /** Processes of one pod; -1: no limit. */
  readonly pidsMax: number
  readonly logger: Logger
}

const classDirectories = { Guaranteed: '', Burstable: 'burstable', BestEffort: 'besteffort' } as const

export async function openPodCgroups({ mountPoint, root, pidsMax, logger }: PodCgroupOptions): Promise<PodCgroups> {
  const unified = await isUnified(mountPoint)
  const kubepods = join('/', root, 'kubepods')
  const parentOf = (pod: Pod) => join(kubepods, classDirectories[pod.status?.qosClass ?? qosClass(pod)], `pod${pod.metadata.uid}`)
  const hierarchies = unified ? [mountPoint] : (await readdir(mountPoint)).map((name) => join(mountPoint, name))
  const applied = new Map<string, string>()
  return {
    parentOf,
    async ensure(pod) {
      const limits = podLimits(pod)
      const path = parentOf(pod)
      const key = JSON.stringify([path, limits])
      if (applied.get(pod.metadata.uid) === key) return
      const writes = unified ? unifiedFiles(limits, pidsMax) : classicFiles(limits, pidsMax)
      let failed = false
      for (const [controller, files] of Object.entries(writes)) {
        const directory = join(mountPoint, controller, path)
        try {
          await makeWithControllers(mountPoint, directory, unified)
          for (const [file, value] of files) await writeFile(join(directory, file), value)
        } catch (error) {
          failed = true
          // A container's own limits still hold; sandboxes with a read-only cgroup tree are common in CI.
          logger.warn('Could not set up the cgroup of a pod', { pod: pod.metadata.name, directory, error: String(error) })
        }
      }
      if (!failed) applied.set(pod.metadata.uid, key)
    },
    async remove(uid) {
      applied.delete(uid)
      for (const hierarchy of hierarchies)
        for (const directory of Object.values(classDirectories)) await removeTree(join(hierarchy, kubepods, directory, `pod${uid}`))
    },
  }
}

type Limits = ReturnType<typeof podLimits>
type Files = Record<string, [file: string, value: string][]>

const pidsFile = (max: number): [string, string][] => (max > 0 ? [['pids.max', String(max)]] : [])

function classicFiles({ milliCpuRequest, milliCpuLimit, memoryLimit }: Limits, pidsMax: number): Files {
  return {
    cpu: [
      ['cpu.shares', String(cpuShares(milliCpuRequest))],
      ...(milliCpuLimit === undefined ? [] : [['cpu.cfs_quota_us', String(cpuQuotaUs(milliCpuLimit))] as [string, string]]),
    ],
    memory: memoryLimit === undefined ? [] : [['memory.limit_in_bytes', String(memoryLimit)]],
    ...(pidsMax > 0 ? { pids: pidsFile(pidsMax) } : {}),
  }
}

function unifiedFiles({ milliCpuRequest, milliCpuLimit, memoryLimit }: Limits, pidsMax: number): Files {
  return {
    '': [
      ['cpu.weight', String(cpuWeight(cpuShares(milliCpuRequest)))],
      ...(milliCpuLimit === undefined ? [] : [['cpu.max', `${cpuQuotaUs(milliCpuLimit)} 100000`] as [string, string]]),
      ...(memoryLimit === undefined ? [] : [['memory.max', String(memoryLimit)] as [string, string]]),
      ...pidsFile(pidsMax),
    ],
  }
}

/** Shares 2..262144 to weights 1..10000, as runc does it. */
const cpuWeight = (shares: number) => Math.floor(1 + ((shares - 2) * 9999) / 262_142)

async function makeWithControllers(mountPoint: string, directory: string, unified: boolean): Promise<void> {
  if (await stat(directory).catch(() => undefined)) return
  const parent = dirname(directory)
  if (parent.length > mountPoint.length) await makeWithControllers(mountPoint, parent, unified)
  await mkdir(directory, { recursive: true })
  if (unified) await writeFile(join(parent, 'cgroup.subtree_control'), '+cpu +memory +pids').catch(() => {})
}

async function isUnified(mountPoint: string): Promise<boolean> {
  return (await stat(join(mountPoint, 'cgroup.controllers')).catch(() => undefined)) !== undefined
}

/** Empty cgroups only: a process that is still there keeps its own. */
async function removeTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(directory, entry.name))
  await rmdir(directory).catch(() => {})
}
