import { isDeepStrictEqual } from 'node:util'
import type { Pod, PodStatus } from '../../api/core/v1.ts'

/** Lists that a strategic merge patch would merge by key: stale entries go only when the whole list is replaced. */
const replaced = new Set(['podIPs', 'hostIPs'])
/** Fields the kubelet writes; what others wrote (nominatedNodeName, resize ...) is left alone. */
const owned = [
  'observedGeneration',
  'phase',
  'reason',
  'message',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
] as const

/** The strategic merge patch that turns the API server's status into `wanted`; undefined when it is that already. */
export function statusPatch(pod: Pod, wanted: PodStatus): object | undefined {
  const current = pod.status ?? {}
  const status: Record<string, unknown> = {}
  for (const field of owned) {
    const value = wanted[field]
    if (isDeepStrictEqual(normal(value), normal(current[field]))) continue
    status[field] = value === undefined ? null : replaced.has(field) ? [{ $patch: 'replace' }, ...(value as readonly object[])] : value
  }
  const conditions = (wanted.conditions ?? []).flatMap((condition) => {
    const old = current.conditions?.find(({ type }) => type === condition.type)
    return old && isDeepStrictEqual(normal(old), normal(condition)) ? [] : [{ ...goneFrom(old ?? {}, condition), ...condition }]
  })
  if (conditions.length > 0) status['conditions'] = conditions
  return Object.keys(status).length > 0 ? { metadata: { uid: pod.metadata.uid }, status } : undefined
}

/** Conditions are merged: a reason that holds no longer stays unless it is taken away. */
function goneFrom(old: object, now: object): Record<string, null> {
  return Object.fromEntries(
    Object.keys(old)
      .filter((field) => !Object.hasOwn(now, field))
      .map((field) => [field, null]),
  )
}

/** Without what the API leaves out: nulls and empty objects. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, normal(inner)] as const)
    .filter(([, inner]) => inner !== null && inner !== undefined && !(typeof inner === 'object' && Object.keys(inner).length === 0))
  return Object.fromEntries(entries)
}
