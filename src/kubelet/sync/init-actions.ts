// Init containers run one after the other; sidecars among them start in their turn and keep running.
// Source: Kubernetes 1.36 pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions).

import type { Container } from '../../api/core/v1.ts'
import { latestContainer, type RuntimeContainer } from '../runtime/runtime-pod.ts'
import { containerHash } from '../runtime/labels.ts'
import type { ActionsInput, ContainerKill } from './plan.ts'
import { isSidecar, restartsAfterExit } from './restart-policy.ts'

export interface InitActions {
  /** Every init container has finished, every sidecar has started: the others may start. */
  readonly initialized: boolean
  /** An init container failed for good. */
  readonly killPod: boolean
  readonly start: readonly string[]
  readonly kill: readonly ContainerKill[]
  readonly resize: readonly string[]
}

type Step = { readonly done?: boolean; readonly failed?: boolean; readonly start?: boolean; readonly kill?: ContainerKill; readonly resize?: boolean }

/**
 * Walks from the last init container to the first. The last one with a trace of having run tells how far the pod has come;
 * of those before it only sidecars still matter, and they are started again when they are not running.
 */
export function computeInitActions(input: ActionsInput): InitActions {
  const { pod, runtimePod } = input
  const init = pod.spec.initContainers ?? []
  // A regular container exists: initialization was finished once, whatever traces of it have been removed.
  let initialized = init.length === 0 || pod.spec.containers.some((c) => latestContainer(runtimePod, c.name))
  let pastFrontier = initialized
  const start = new Set<string>()
  const kill: ContainerKill[] = []
  const resize: string[] = []
  for (let i = init.length - 1; i >= 0; i--) {
    const container = init[i]!
    const latest = latestContainer(runtimePod, container.name)
    if (!latest) {
      if (pastFrontier && isSidecar(container)) start.add(container.name)
      continue
    }
    if (pastFrontier && !isSidecar(container)) continue
    const step = isSidecar(container) ? sidecarStep(container, latest, input) : initStep(container, latest, input)
    if (step.failed) return { initialized: false, killPod: true, start: [], kill: [], resize: [] }
    if (step.kill) kill.push(step.kill)
    if (step.resize) resize.push(container.name)
    if (step.done && !pastFrontier) {
      const next = init[i + 1]
      if (next) start.add(next.name)
      else initialized = true
    }
    if (step.start) start.add(container.name)
    pastFrontier = true
  }
  if (!pastFrontier && init[0]) start.add(init[0].name)
  return { initialized, killPod: false, start: init.map((c) => c.name).filter((name) => start.has(name)), kill, resize }
}

function initStep(container: Container, latest: RuntimeContainer, { pod }: ActionsInput): Step {
  switch (latest.state) {
    case 'running':
      return {}
    case 'created':
      return { start: true }
    case 'unknown':
      return { start: true, kill: unknownKill(container, latest) }
    case 'exited':
      if (latest.exitCode === 0) return { done: true }
      return restartsAfterExit(container, pod, latest.exitCode) ? { start: true } : { failed: true }
  }
}

function sidecarStep(container: Container, latest: RuntimeContainer, { probes, resizeOf }: ActionsInput): Step {
  const { name } = container
  const { id } = latest
  if (latest.state === 'unknown') return { start: true, kill: unknownKill(container, latest) }
  if (latest.state !== 'running') return { start: true }
  if (latest.hash !== containerHash(container))
    return { start: true, kill: { id, name, reason: 'Changed', message: `Init container ${name} definition changed` } }
  if (container.startupProbe) {
    const startup = probes.startup(id)
    if (startup === 'failure') return { start: true, kill: { id, name, reason: 'StartupProbe', message: `Init container ${name} failed startup probe` } }
    if (startup !== 'success') return {}
  }
  if (probes.liveness(id) === 'failure')
    return { done: true, start: true, kill: { id, name, reason: 'LivenessProbe', message: `Init container ${name} failed liveness probe` } }
  switch (resizeOf(container, latest)) {
    case 'none':
      return { done: true }
    case 'in-place':
      return { done: true, resize: true }
    case 'restart':
      return { start: true, kill: { id, name, reason: 'Resize', message: `Init container ${name} resize requires restart, will be restarted` } }
  }
}

function unknownKill({ name }: Container, { id }: RuntimeContainer): ContainerKill {
  return { id, name, reason: 'Unknown', message: 'Init container is in "unknown" state, try killing it before restart' }
}
