import type { Container, ContainerStatus, Pod, PodStatus } from '../../api/core/v1.ts'
import { isSidecar, restartsAfterExit } from '../sync/restart-policy.ts'

/** How far one container has come, as far as the phase cares. */
type Progress = 'unknown' | 'waiting' | 'starting' | 'running' | 'restarting' | 'succeeded' | 'failed'

/**
 * The phase from the spec and the container statuses.
 * @param options.terminal the pod is over: nothing will be started again, whatever its restart policy
 * @see Kubernetes 1.36 pkg/kubelet/kubelet_pods.go (getPhase)
 */
export function podPhase(pod: Pod, statuses: readonly ContainerStatus[], { terminal }: { terminal: boolean }): NonNullable<PodStatus['phase']> {
  const byName = new Map(statuses.map((s) => [s.name, s]))
  const progress = (container: Container) => progressOf(pod, container, byName.get(container.name))
  const init = (pod.spec.initContainers ?? []).filter((c) => !isSidecar(c)).map(progress)
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(progress)
  const regular = pod.spec.containers.map(progress)

  if (init.includes('failed')) return 'Failed'
  if (init.some((p) => p !== 'succeeded' && p !== 'restarting')) return 'Pending'
  // A sidecar that starts again does not put a pod back that has been running.
  const hasInitialized = pod.spec.containers.some((c) => byName.get(c.name)?.state?.running)
  if (!hasInitialized && sidecars.some((p) => p === 'starting' || p === 'waiting')) return 'Pending'

  // Sidecars that have stopped do not count.
  const counted = [...regular, ...sidecars.filter((p) => p === 'unknown' || p === 'waiting' || p === 'starting' || p === 'running')]
  if (counted.includes('waiting') || counted.includes('unknown')) return 'Pending'
  if (counted.includes('running') || counted.includes('starting')) return 'Running'
  if (regular.length === 0) return 'Pending'
  if (!terminal && regular.includes('restarting')) return 'Running'
  const succeeded = (c: Container) => byName.get(c.name)?.state?.terminated?.exitCode === 0
  return pod.spec.containers.every(succeeded) ? 'Succeeded' : 'Failed'
}

function progressOf(pod: Pod, container: Container, status: ContainerStatus | undefined): Progress {
  const { state, lastState } = status ?? {}
  if (state?.running) return isSidecar(container) && !status?.started ? 'starting' : 'running'
  const isInit = pod.spec.initContainers?.includes(container) ?? false
  if (state?.terminated) return ended(pod, container, state.terminated.exitCode, isInit)
  if (!state?.waiting) return 'unknown'
  // Waiting to be started again: it counts as what it was, stopped.
  if (!lastState?.terminated) return 'waiting'
  const last = ended(pod, container, lastState.terminated.exitCode, isInit)
  return last === 'succeeded' ? 'failed' : last
}

function ended(pod: Pod, container: Container, exitCode: number, isInit: boolean): Progress {
  if (isInit && exitCode === 0 && !isSidecar(container)) return 'succeeded'
  if (restartsAfterExit(container, pod, exitCode)) return 'restarting'
  return exitCode === 0 ? 'succeeded' : 'failed'
}
