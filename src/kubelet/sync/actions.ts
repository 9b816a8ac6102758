// What a pod needs next, as data: the heart of the kubelet. Nothing here awaits or touches the runtime.
// Source: Kubernetes 1.36 pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions).

import type { Container, Pod } from '../../api/core/v1.ts'
import { latestContainer, type RuntimeContainer, type RuntimePod } from '../runtime/runtime-pod.ts'
import { containerHash } from '../runtime/labels.ts'
import { computeInitActions } from './init-actions.ts'
import type { ActionsInput, ContainerKill, PodActions, ProbeVerdicts } from './plan.ts'
import { podRestartsOnFailure, shouldRestart } from './restart-policy.ts'
import { sandboxChange } from './sandbox-change.ts'

const nothing = { kill: [], startInit: [], startEphemeral: [], start: [], resize: [] } as const

export function computePodActions(input: ActionsInput): PodActions {
  const { pod, runtimePod } = input
  const { changed, attempt, sandboxId } = sandboxChange(pod, runtimePod)
  if (changed) return newSandboxActions(pod, runtimePod, attempt, sandboxId)

  const base = { ...nothing, killPod: false, createSandbox: false, sandboxId, attempt }
  const startEphemeral = (pod.spec.ephemeralContainers ?? []).map((c) => c.name).filter((name) => !latestContainer(runtimePod, name))
  const init = computeInitActions(input)
  if (init.killPod) return { ...base, killPod: true, kill: init.kill }
  if (!init.initialized) return { ...base, startEphemeral, startInit: init.start, kill: init.kill }

  const regular = pod.spec.containers.map((container) => containerActions(container, input))
  const start = regular.filter((a) => a.start).map((a) => a.name)
  if (!regular.some((a) => a.keep) && start.length === 0) return { ...base, killPod: true, kill: init.kill }
  return {
    ...base,
    startEphemeral,
    startInit: init.start,
    start,
    kill: [...init.kill, ...regular.flatMap((a) => a.kill ?? [])],
    resize: [...init.resize, ...regular.filter((a) => a.resize).map((a) => a.name)],
  }
}

function newSandboxActions(pod: Pod, runtimePod: RuntimePod, attempt: number, sandboxId: string): PodActions {
  const base = { ...nothing, killPod: true, createSandbox: true, sandboxId, attempt }
  // A pod that ran and may not run again gets no new sandbox; without containers its first sandbox merely failed.
  if (!podRestartsOnFailure(pod) && attempt !== 0 && runtimePod.containers.length > 0) return { ...base, createSandbox: false }
  const start = pod.spec.containers.filter((c) => {
    const latest = latestContainer(runtimePod, c.name)
    return latest?.state !== 'exited' || shouldRestart(c, pod, latest)
  })
  const wasInitialized = pod.spec.containers.some((c) => latestContainer(runtimePod, c.name))
  if (start.length === 0 && wasInitialized) return { ...base, createSandbox: false }
  const [firstInit] = pod.spec.initContainers ?? []
  return firstInit ? { ...base, startInit: [firstInit.name] } : { ...base, start: start.map((c) => c.name) }
}

interface ContainerActions {
  readonly name: string
  readonly keep?: boolean
  readonly start?: boolean
  readonly resize?: boolean
  readonly kill?: ContainerKill
}

function containerActions(container: Container, { pod, runtimePod, probes, resizeOf }: ActionsInput): ContainerActions {
  const { name } = container
  const latest = latestContainer(runtimePod, name)
  if (latest?.state !== 'running') {
    const start = shouldRestart(container, pod, latest)
    if (!start || latest?.state !== 'unknown') return { name, start }
    return { name, start, kill: { id: latest.id, name, reason: 'Unknown', message: 'Container is in "unknown" state, try killing it before restart' } }
  }
  const kill = whyKill(container, latest, probes)
  if (kill) {
    // A changed definition always restarts; a failed probe only where the policy allows.
    const start = kill.reason === 'Changed' || podRestartsOnFailure(pod)
    return { name, start, kill: start ? { ...kill, message: `${kill.message}, will be restarted` } : kill }
  }
  switch (resizeOf(container, latest)) {
    case 'none':
      return { name, keep: true }
    case 'in-place':
      return { name, keep: true, resize: true }
    case 'restart':
      return { name, start: true, kill: { id: latest.id, name, reason: 'Resize', message: `Container ${name} resize requires restart, will be restarted` } }
  }
}

function whyKill(container: Container, { id, hash }: RuntimeContainer, probes: ProbeVerdicts): ContainerKill | undefined {
  const { name } = container
  if (hash !== containerHash(container)) return { id, name, reason: 'Changed', message: `Container ${name} definition changed` }
  if (probes.liveness(id) === 'failure') return { id, name, reason: 'LivenessProbe', message: `Container ${name} failed liveness probe` }
  if (probes.startup(id) === 'failure') return { id, name, reason: 'StartupProbe', message: `Container ${name} failed startup probe` }
  return undefined
}
