// The whole pod status, from the spec, the runtime's view and what was known before.
// Source: Kubernetes 1.36 pkg/kubelet/kubelet_pods.go (generateAPIPodStatus).

import type { PodCondition, PodStatus } from '../../api/core/v1.ts'
import { formatTime } from '../../util/clock.ts'
import { qosClass } from '../runtime/resources.ts'
import { podIPs } from '../runtime/runtime-pod.ts'
import { sandboxChange } from '../sync/sandbox-change.ts'
import { containersReady, initialized, kubeletConditions, podReady, type Verdict } from './conditions.ts'
import { ephemeralStatuses, initStatuses, regularStatuses, type StatusesInput } from './container-statuses.ts'
import { podPhase } from './phase.ts'

export interface GenerateInput extends StatusesInput {
  readonly hostIPs: readonly string[]
  readonly nowMs: number
  /** Nothing will be started again. */
  readonly terminal: boolean
  /** Ends the pod for another reason than its containers: DeadlineExceeded, Evicted. */
  readonly failure?: { readonly reason: string; readonly message: string; readonly disruption?: boolean } | undefined
}

export function generateStatus(input: GenerateInput): PodStatus {
  const { pod, runtimePod, previous, hostIPs, nowMs, terminal, failure } = input
  const initContainerStatuses = initStatuses(input)
  const containerStatuses = regularStatuses(input)
  const ephemeralContainerStatuses = ephemeralStatuses(input)
  const all = [...containerStatuses, ...initContainerStatuses]
  const before = [previous?.phase, pod.status?.phase].find((p) => p === 'Failed' || p === 'Succeeded')
  const phase = failure ? 'Failed' : (before ?? podPhase(pod, all, { terminal }))
  const ready = containersReady(pod, all, phase)
  const verdicts: Verdict[] = [
    { type: 'PodReadyToStartContainers', status: sandboxChange(pod, runtimePod).changed ? 'False' : 'True' },
    initialized(pod, all, phase),
    podReady(pod, ready),
    ready,
    { type: 'PodScheduled', status: 'True' },
    ...(failure?.disruption ? [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message: failure.message }] : []),
  ]
  const { generation } = pod.metadata
  const ips = pod.spec.hostNetwork ? hostIPs : podIPs(runtimePod).length > 0 ? podIPs(runtimePod) : (previous?.podIPs ?? []).map(({ ip }) => ip)
  const { reason, message } = failure ?? (before ? { reason: previous?.reason, message: previous?.message } : {})
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    conditions: mergeConditions(verdicts, input, generation),
    hostIP: hostIPs[0] ?? '',
    hostIPs: hostIPs.map((ip) => ({ ip })),
    ...(ips.length > 0 ? { podIP: ips[0]!, podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: previous?.startTime ?? pod.status?.startTime ?? formatTime(nowMs),
    ...(initContainerStatuses.length > 0 ? { initContainerStatuses } : {}),
    containerStatuses,
    ...(ephemeralContainerStatuses.length > 0 ? { ephemeralContainerStatuses } : {}),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
  }
}

/** Own conditions with the time of their last change; everybody else's as they are. */
function mergeConditions(verdicts: readonly Verdict[], { pod, previous, nowMs }: GenerateInput, generation: number | undefined): PodCondition[] {
  const known = [...(previous?.conditions ?? []), ...(pod.status?.conditions ?? [])]
  const own = verdicts.map((verdict): PodCondition => {
    const old = known.find((c) => c.type === verdict.type)
    const lastTransitionTime = (old?.status === verdict.status ? old.lastTransitionTime : undefined) ?? formatTime(nowMs)
    return { ...verdict, ...(generation === undefined ? {} : { observedGeneration: generation }), lastProbeTime: null as unknown as string, lastTransitionTime }
  })
  const foreign = (pod.status?.conditions ?? []).filter((c) => ![...kubeletConditions, ...own.map((o) => o.type)].includes(c.type))
  return [...own, ...foreign]
}
