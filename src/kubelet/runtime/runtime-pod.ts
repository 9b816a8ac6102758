// A pod as the container runtime sees it. The kubelet's only source of truth about what runs.

import type { ContainerStatus, PodSandboxStatus } from '../../cri/generated/types.ts'
import { type ContainerFacts, containerNameLabel, readContainerFacts } from './labels.ts'

export type RuntimeState = 'created' | 'running' | 'exited' | 'unknown'

export interface RuntimeContainer extends ContainerFacts {
  readonly id: string
  readonly name: string
  readonly state: RuntimeState
  readonly image: string
  readonly imageId: string
  readonly createdAtMs: number
  readonly startedAtMs: number
  readonly finishedAtMs: number
  readonly exitCode: number
  /** `Completed`, `Error`, `OOMKilled` ... */
  readonly reason: string
  /** The termination message, once exited. */
  readonly message: string
  readonly logPath: string
  readonly resources: NonNullable<ContainerStatus['resources']>['linux']
}

export interface RuntimeSandbox {
  readonly id: string
  readonly ready: boolean
  readonly attempt: number
  readonly createdAtMs: number
  readonly hostNetwork: boolean
  /** Empty with hostNetwork, or when the network was not set up. */
  readonly ips: readonly string[]
}

/** Both lists have the newest first. */
export interface RuntimePod {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly sandboxes: readonly RuntimeSandbox[]
  readonly containers: readonly RuntimeContainer[]
}

/** What a pod is before anything of it was made, and after all of it was removed. */
export const absentPod = (uid: string): RuntimePod => ({ uid, name: '', namespace: '', sandboxes: [], containers: [] })

/** The newest container of that name. */
export function latestContainer(pod: RuntimePod, name: string): RuntimeContainer | undefined {
  return pod.containers.find((c) => c.name === name)
}

export const isRunning = (pod: RuntimePod) => pod.containers.some((c) => c.state === 'running') || pod.sandboxes.some((s) => s.ready)

export const runningContainers = (pod: RuntimePod) => pod.containers.filter((c) => c.state === 'running' || c.state === 'unknown')

/** The addresses of the current sandbox; none while it is being replaced. */
export function podIPs(pod: RuntimePod): readonly string[] {
  return pod.sandboxes.find((s) => s.ready)?.ips ?? []
}

const states = { CONTAINER_CREATED: 'created', CONTAINER_RUNNING: 'running', CONTAINER_EXITED: 'exited', CONTAINER_UNKNOWN: 'unknown' } as const
const toMs = (nanoseconds: number | undefined) => Math.floor((nanoseconds ?? 0) / 1e6)

export function runtimeContainer(status: ContainerStatus, message: string): RuntimeContainer {
  return {
    ...readContainerFacts(status.annotations ?? {}),
    id: status.id ?? '',
    name: status.labels?.[containerNameLabel] ?? status.metadata?.name ?? '',
    state: states[status.state ?? 'CONTAINER_UNKNOWN'],
    image: status.image?.userSpecifiedImage || status.image?.image || '',
    imageId: status.imageRef ?? '',
    createdAtMs: toMs(status.createdAt),
    startedAtMs: toMs(status.startedAt),
    finishedAtMs: toMs(status.finishedAt),
    exitCode: status.exitCode ?? 0,
    reason: status.reason ?? '',
    message,
    logPath: status.logPath ?? '',
    resources: status.resources?.linux ?? null,
  }
}

export function runtimeSandbox(status: PodSandboxStatus): RuntimeSandbox {
  const { network } = status
  const ips = [network?.ip ?? '', ...(network?.additionalIps ?? []).map(({ ip }) => ip ?? '')].filter((ip) => ip !== '')
  return {
    id: status.id ?? '',
    ready: status.state === 'SANDBOX_READY',
    attempt: status.metadata?.attempt ?? 0,
    createdAtMs: toMs(status.createdAt),
    hostNetwork: status.linux?.namespaces?.options?.network === 'NODE',
    ips,
  }
}
