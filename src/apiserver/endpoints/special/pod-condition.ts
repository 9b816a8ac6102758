import type { Pod } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import { formatTime } from '../../../util/clock.ts'

interface NewCondition {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly reason?: string
  readonly message?: string
}

/** Sets a condition; its transition time stays when its status does. Source: kubernetes pkg/api/v1/pod (UpdatePodCondition). */
export function setPodCondition(pod: Mutable<Pod>, condition: NewCondition, nowMs: number): void {
  pod.status ??= {}
  const conditions = (pod.status.conditions ??= [])
  const at = conditions.findIndex(({ type }) => type === condition.type)
  const old = conditions[at]
  const lastTransitionTime = old?.status === condition.status && old.lastTransitionTime ? old.lastTransitionTime : formatTime(nowMs)
  const next = { ...condition, lastTransitionTime }
  if (at < 0) conditions.push(next)
  else conditions[at] = next
}
