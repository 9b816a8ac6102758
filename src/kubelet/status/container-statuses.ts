// Container statuses of the API from what the runtime says.
// Source: Kubernetes 1.36 pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses).

import type { Container, ContainerState, ContainerStatus, EphemeralContainer, Pod } from '../../api/core/v1.ts'
import { formatTime } from '../../util/clock.ts'
import { type RuntimeContainer, type RuntimePod } from '../runtime/runtime-pod.ts'
import { isSidecar, shouldRestart } from '../sync/restart-policy.ts'
import { containerResources } from './container-resources.ts'

/** Why a container could not be (re)started the last time: `CrashLoopBackOff`, `ErrImagePull` ... */
export interface StartFailure {
  readonly reason: string
  readonly message: string
}

/** What the probes say of a running container. */
export interface Readiness {
  readonly started: boolean
  readonly ready: boolean
}

export interface StatusesInput {
  readonly pod: Pod
  readonly runtimePod: RuntimePod
  /** The status last given to the status manager, or that of the API server after a restart. */
  readonly previous: Pod['status']
  readonly startFailure: (containerName: string) => StartFailure | undefined
  readonly readiness: (container: Container, running: RuntimeContainer) => Readiness
  /** `containerd`: the scheme of containerID. */
  readonly runtimeName: string
}

type Group = {
  readonly containers: readonly (Container | EphemeralContainer)[]
  readonly previous: readonly ContainerStatus[]
  readonly kind: 'init' | 'regular' | 'ephemeral'
}

export function initStatuses(input: StatusesInput): ContainerStatus[] {
  return statusesOf(input, { containers: input.pod.spec.initContainers ?? [], previous: input.previous?.initContainerStatuses ?? [], kind: 'init' })
}

/** Sorted by name, as clients expect. */
export function regularStatuses(input: StatusesInput): ContainerStatus[] {
  const statuses = statusesOf(input, { containers: input.pod.spec.containers, previous: input.previous?.containerStatuses ?? [], kind: 'regular' })
  return statuses.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

export function ephemeralStatuses(input: StatusesInput): ContainerStatus[] {
  const containers = input.pod.spec.ephemeralContainers ?? []
  return statusesOf(input, { containers, previous: input.previous?.ephemeralContainerStatuses ?? [], kind: 'ephemeral' })
}

function statusesOf(input: StatusesInput, group: Group): ContainerStatus[] {
  const waitingReason = (input.pod.spec.initContainers?.length ?? 0) > 0 && group.kind !== 'ephemeral' ? 'PodInitializing' : 'ContainerCreating'
  return group.containers.map((container) => {
    const previous = group.previous.find((s) => s.name === container.name)
    return statusOf(container, previous, { ...input, waitingReason, kind: group.kind })
  })
}

type Context = StatusesInput & { readonly waitingReason: string; readonly kind: Group['kind'] }

function statusOf(container: Container, previous: ContainerStatus | undefined, input: Context): ContainerStatus {
  const { pod, runtimePod, kind } = input
  const [newest, before] = runtimePod.containers.filter((c) => c.name === container.name)
  const base = newest ? observed(container, newest, before, previous, input) : unobserved(container, previous, input)
  const status = kind === 'ephemeral' ? base : withStartFailure(base, container, newest, input)
  const { started, ready } = flags(container, status, newest, input)
  const lastState = Object.keys(status.lastState ?? {}).length > 0 ? status.lastState! : {}
  return { ...status, lastState, ready: pod.status?.phase === 'Failed' ? false : ready, started }
}

function observed(
  container: Container,
  newest: RuntimeContainer,
  before: RuntimeContainer | undefined,
  previous: ContainerStatus | undefined,
  { runtimeName }: Context,
): ContainerStatus {
  const lastState = before ? stateOf(before, runtimeName) : previous && previous.restartCount === newest.restartCount ? previous.lastState : undefined
  return {
    name: container.name,
    image: newest.image || (container.image ?? ''),
    imageID: newest.imageId,
    containerID: `${runtimeName}://${newest.id}`,
    restartCount: newest.restartCount,
    ready: false,
    state: stateOf(newest, runtimeName),
    ...(lastState ? { lastState } : {}),
    ...containerResources(container, newest),
    ...(container.volumeMounts?.length
      ? {
          volumeMounts: container.volumeMounts.map((m) => ({
            name: m.name,
            mountPath: m.mountPath,
            ...(m.readOnly ? { readOnly: true, recursiveReadOnly: m.recursiveReadOnly ?? 'Disabled' } : {}),
          })),
        }
      : {}),
  }
}

/** Never made yet, or already removed: what was known stays true. */
function unobserved(container: Container, previous: ContainerStatus | undefined, { pod, waitingReason }: Context): ContainerStatus {
  const waiting: ContainerStatus = {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    restartCount: previous?.restartCount ?? 0,
    state: { waiting: { reason: waitingReason } },
  }
  if (previous?.state?.terminated) return previous
  if (!previous?.state?.running) return previous?.lastState ? { ...waiting, lastState: previous.lastState } : waiting
  const lost = {
    terminated: {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: `The container could not be located when the pod was ${pod.metadata.deletionTimestamp ? 'deleted' : 'terminated'}.  The container used to be Running`,
      startedAt: previous.state.running.startedAt ?? null,
      finishedAt: null,
    },
  } as unknown as ContainerState
  if (pod.metadata.deletionTimestamp) return { ...waiting, imageID: previous.imageID, state: lost }
  return { ...waiting, restartCount: previous.restartCount + 1, lastState: lost }
}

function stateOf(container: RuntimeContainer, runtimeName: string): ContainerState {
  switch (container.state) {
    case 'running':
      return { running: { startedAt: formatTime(container.startedAtMs) } }
    case 'created':
      // Waits to be running: it has not ended, least of all well.
      return { waiting: {} }
    case 'exited':
      return {
        terminated: {
          exitCode: container.exitCode,
          ...(container.reason ? { reason: container.reason } : {}),
          ...(container.message ? { message: container.message } : {}),
          startedAt: container.startedAtMs > 0 ? formatTime(container.startedAtMs) : null,
          finishedAt: container.finishedAtMs > 0 ? formatTime(container.finishedAtMs) : null,
          containerID: `${runtimeName}://${container.id}`,
        } as NonNullable<ContainerState['terminated']>,
      }
    case 'unknown':
      return {
        terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated' },
      }
  }
}

/** A container that is to be started and was refused shows the refusal, with its end as lastState. */
function withStartFailure(status: ContainerStatus, container: Container, newest: RuntimeContainer | undefined, input: Context): ContainerStatus {
  if (input.kind === 'init' && newest?.state === 'exited' && newest.exitCode === 0 && !isSidecar(container)) return status
  if (!shouldRestart(container, input.pod, newest)) return status
  const failure = input.startFailure(container.name)
  if (!failure) return status
  const waiting = { waiting: { reason: failure.reason, ...(failure.message ? { message: failure.message } : {}) } }
  return { ...status, state: waiting, ...(status.state?.terminated ? { lastState: { terminated: status.state.terminated } } : {}) }
}

function flags(container: Container, { state }: ContainerStatus, newest: RuntimeContainer | undefined, { readiness, kind }: Context): Readiness {
  if (kind === 'ephemeral') return { started: false, ready: false }
  if (kind === 'init' && !isSidecar(container)) return { started: Boolean(state?.running), ready: state?.terminated?.exitCode === 0 }
  return state?.running && newest ? readiness(container, newest) : { started: false, ready: false }
}
