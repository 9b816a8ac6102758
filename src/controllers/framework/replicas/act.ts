import type { Pod } from '../../../api/core/v1.ts'
import { keyOf } from '../../../api/object.ts'
import { pods as podResource } from '../../../api/resources.ts'
import { isNotFound } from '../../../apimachinery/api-error.ts'
import type { Client } from '../../../client/client.ts'
import type { EventRecorder } from '../../../client/events/recorder.ts'
import { isNamespaceTerminating } from '../ending-namespace.ts'
import type { Expectations } from '../expectations.ts'
import { podFromTemplate } from '../pod-from-template.ts'
import { slowStart } from '../slow-start.ts'
import type { Plan } from './decide.ts'
import type { ReplicaOwner } from './owner.ts'

export interface ActDependencies {
  readonly client: Pick<Client, 'create' | 'delete'>
  readonly expectations: Expectations
  readonly events: EventRecorder
}

/** Carries out the plan. @returns what went wrong, if anything: the status tells it too */
export async function act(plan: Plan, owner: ReplicaOwner, dependencies: ActDependencies, signal: AbortSignal): Promise<Error | undefined> {
  if (plan.kind === 'create') return createPods(plan.count, owner, dependencies, signal)
  if (plan.kind === 'delete') return deletePods(plan.pods, owner, dependencies, signal)
  return undefined
}

async function createPods(
  count: number,
  owner: ReplicaOwner,
  { client, expectations, events }: ActDependencies,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const key = keyOf(owner)
  const template = podFromTemplate(owner, owner.spec!.template!)
  expectations.expectCreations(key, count)
  let namespaceEnding = false
  const { succeeded, error } = await slowStart(count, async () => {
    try {
      const pod = await client.create(podResource, template, { signal })
      events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    } catch (error) {
      namespaceEnding ||= isNamespaceTerminating(error)
      if (!namespaceEnding) events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`)
      throw error
    }
  })
  expectations.creationSeen(key, count - succeeded)
  return namespaceEnding ? undefined : error
}

async function deletePods(
  pods: readonly Pod[],
  owner: ReplicaOwner,
  { client, expectations, events }: ActDependencies,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const key = keyOf(owner)
  expectations.expectDeletions(
    key,
    pods.map((pod) => pod.metadata.uid),
  )
  const results = await Promise.allSettled(
    pods.map(async (pod) => {
      try {
        await client.delete(podResource, pod.metadata, { preconditions: { uid: pod.metadata.uid }, signal })
        events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
      } catch (error) {
        expectations.deletionSeen(key, pod.metadata.uid)
        if (isNotFound(error)) return
        events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`)
        throw error
      }
    }),
  )
  return results.find((result) => result.status === 'rejected')?.reason as Error | undefined
}
