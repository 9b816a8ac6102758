// The scheduler's effects: binding, telling why not, evicting victims.
import type { Pod, PodCondition } from '../api/core/v1.ts'
import { nodes, pods } from '../api/resources.ts'
import { isNotFound } from '../apimachinery/api-error.ts'
import type { Subresources, Writer } from '../client/client.ts'
import { type Clock, formatTime } from '../util/clock.ts'

export interface ActDependencies {
  readonly client: Pick<Writer, 'patch' | 'delete'> & Pick<Subresources, 'createSubresource'>
  readonly clock: Clock
}

export async function bind(pod: Pod, nodeName: string, { client }: ActDependencies, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid } = pod.metadata
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { namespace, name, uid },
    target: { apiVersion: nodes.apiVersion, kind: nodes.kind, name: nodeName },
  }
  await client.createSubresource(pods, { namespace, name }, 'binding', binding, { signal })
}

/** Conditions that belong to one type are replaced; `lastTransitionTime` moves only when the status does. */
function conditionPatch(pod: Pod, condition: Omit<PodCondition, 'lastTransitionTime'>, nowMs: number): PodCondition {
  const old = pod.status?.conditions?.find((c) => c.type === condition.type)
  const lastTransitionTime = old?.status === condition.status && old.lastTransitionTime ? old.lastTransitionTime : formatTime(nowMs)
  return { ...condition, lastTransitionTime }
}

const sameCondition = (pod: Pod, { type, status, reason, message }: Omit<PodCondition, 'lastTransitionTime'>) =>
  pod.status?.conditions?.some((c) => c.type === type && c.status === status && c.reason === reason && c.message === message) ?? false

/** Writes PodScheduled=False (and the nominated node) unless the pod already says so. Gone meanwhile: fine. */
export async function reportUnscheduled(
  pod: Pod,
  { reason, message, nominatedNodeName }: { readonly reason: string; readonly message: string; readonly nominatedNodeName?: string },
  { client, clock }: ActDependencies,
  signal: AbortSignal,
): Promise<void> {
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason,
    message,
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
  } as const
  const nominates = nominatedNodeName !== undefined && nominatedNodeName !== (pod.status?.nominatedNodeName ?? '')
  if (sameCondition(pod, condition) && !nominates) return
  const status = { conditions: [conditionPatch(pod, condition, clock.now())], ...(nominates ? { nominatedNodeName } : {}) }
  try {
    await client.patch(pods, pod.metadata, { type: 'strategic', patch: { metadata: { uid: pod.metadata.uid }, status } }, { subresource: 'status', signal })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** Marks a victim as disrupted and deletes it, gracefully. */
export async function evict(victim: Pod, preemptor: Pod, { client, clock }: ActDependencies, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid } = victim.metadata
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: `${preemptor.spec.schedulerName ?? 'default-scheduler'}: preempting to accommodate a higher priority pod`,
  } as const
  try {
    const conditions = [conditionPatch(victim, condition, clock.now())]
    await client.patch(
      pods,
      { namespace, name },
      { type: 'strategic', patch: { metadata: { uid }, status: { conditions } } },
      { subresource: 'status', signal },
    )
    await client.delete(pods, { namespace, name }, { preconditions: { uid }, signal })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
