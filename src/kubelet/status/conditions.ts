// The kubelet's pod conditions, with upstream's exact reasons and messages.
// Source: Kubernetes 1.36 pkg/kubelet/status/generate.go.

import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../../api/core/v1.ts'
import { isSidecar } from '../sync/restart-policy.ts'

type Phase = PodStatus['phase']
/** Without the fields that the status manager adds: observedGeneration and lastTransitionTime. */
export type Verdict = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>

/** Conditions that belong to the kubelet; all others in a pod's status are somebody else's and are kept. */
export const kubeletConditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'] as readonly string[]

/** Go's `%s` of a slice. */
const listed = (names: readonly string[]) => `[${names.join(' ')}]`
const no = (type: string, reason?: string, message?: string): Verdict => ({
  type,
  status: 'False',
  ...(reason ? { reason } : {}),
  ...(message ? { message } : {}),
})
const yes = (type: string, reason?: string): Verdict => ({ type, status: 'True', ...(reason ? { reason } : {}) })

export function containersReady(pod: Pod, statuses: readonly ContainerStatus[], phase: Phase): Verdict {
  const type = 'ContainersReady'
  const counted = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers].map((c) => c.name)
  const byName = new Map(statuses.map((s) => [s.name, s]))
  const unknown = counted.filter((name) => !byName.has(name))
  const unready = counted.filter((name) => byName.get(name)?.ready === false)
  if (phase === 'Succeeded' && unknown.length === 0) return no(type, 'PodCompleted')
  if (phase === 'Failed') return no(type, 'PodFailed')
  const messages = [
    ...(unknown.length > 0 ? [`containers with unknown status: ${listed(unknown)}`] : []),
    ...(unready.length > 0 ? [`containers with unready status: ${listed(unready)}`] : []),
  ]
  return messages.length > 0 ? no(type, 'ContainersNotReady', messages.join(', ')) : yes(type)
}

/** ContainersReady and every readiness gate. */
export function podReady(pod: Pod, ready: Verdict): Verdict {
  const type = 'Ready'
  if (ready.status !== 'True') return { ...ready, type }
  const messages = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status?.conditions?.find((c) => c.type === conditionType)
    if (!condition) return [`corresponding condition of pod readiness gate ${JSON.stringify(conditionType)} does not exist.`]
    return condition.status === 'True' ? [] : [`the status of pod readiness gate ${JSON.stringify(conditionType)} is not "True", but ${condition.status}`]
  })
  return messages.length > 0 ? no(type, 'ReadinessGatesNotReady', messages.join(', ')) : yes(type)
}

export function initialized(pod: Pod, statuses: readonly ContainerStatus[], phase: Phase): Verdict {
  const type = 'Initialized'
  const init = pod.spec.initContainers ?? []
  const byName = new Map(statuses.map((s) => [s.name, s]))
  const unknown = init.filter((c) => !byName.has(c.name)).map((c) => c.name)
  const incomplete = init.filter((c) => {
    const status = byName.get(c.name)
    return status !== undefined && !(isSidecar(c) ? status.started === true : status.ready)
  })
  if (phase === 'Succeeded' && unknown.length === 0) return yes(type, 'PodCompleted')
  // Once a regular container has started, restarting sidecars do not undo the initialization.
  if (pod.spec.containers.some((c) => hasStarted(byName.get(c.name)))) return yes(type)
  const messages = [
    ...(unknown.length > 0 ? [`containers with unknown status: ${listed(unknown)}`] : []),
    ...(incomplete.length > 0 ? [`containers with incomplete status: ${listed(incomplete.map((c) => c.name))}`] : []),
  ]
  return messages.length > 0 ? no(type, 'ContainersNotInitialized', messages.join(', ')) : yes(type)
}

function hasStarted(status: ContainerStatus | undefined): boolean {
  const { state, lastState } = status ?? {}
  return Boolean(state?.running ?? state?.terminated ?? lastState?.terminated)
}
