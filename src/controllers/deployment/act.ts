import type { Deployment, ReplicaSet } from '../../api/apps/v1.ts'
import { keyOf, type New } from '../../api/object.ts'
import { replicaSets } from '../../api/resources.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import { ignoringEndingNamespace } from '../framework/ending-namespace.ts'
import { controllerReference, isControlledBy } from '../framework/owner.ts'
import { templateHash } from '../framework/template-hash.ts'
import type { Plan } from './decide.ts'
import { findNew, hashLabel, newReplicaSetAnnotations, sizeAnnotations } from './revision.ts'
import { type Resize, sizeOf } from './sizes.ts'
import type { Progress } from './status.ts'

export interface ActDependencies {
  readonly client: Pick<Client, 'create' | 'update' | 'patch' | 'delete' | 'get'>
  readonly events: EventRecorder
}

/** What the status has to tell of a step. */
export interface Outcome {
  readonly progress?: Progress
  /** Set when the name of a new ReplicaSet is taken by a stranger: the next attempt uses another hash. */
  readonly collisionCount?: number
  readonly failure?: Error
}

/** Carries out one step. Conflicts are thrown: the next reconcile sees newer objects. */
export async function act(
  plan: Plan,
  deployment: Deployment,
  owned: readonly ReplicaSet[],
  dependencies: ActDependencies,
  signal: AbortSignal,
): Promise<Outcome> {
  const { client } = dependencies
  switch (plan.kind) {
    case 'keep':
      return {}
    case 'create':
      return create(plan.replicas, deployment, owned, dependencies, signal)
    case 'refresh':
      await client.update(replicaSets, plan.replicaSet, { signal })
      return { progress: { reason: 'FoundNewReplicaSet', message: `Found new replica set "${plan.replicaSet.metadata.name}"` } }
    case 'resize':
      for (const step of plan.steps) await resize(step, deployment, dependencies, signal)
      return {}
    case 'prune':
      for (const { metadata } of plan.replicaSets)
        await client.delete(replicaSets, metadata, { preconditions: { uid: metadata.uid }, signal }).catch(unlessNotFound)
      return {}
  }
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}

async function create(
  replicas: number,
  deployment: Deployment,
  owned: readonly ReplicaSet[],
  { client, events }: ActDependencies,
  signal: AbortSignal,
): Promise<Outcome> {
  const replicaSet = newReplicaSet(deployment, owned, replicas)
  const name = replicaSet.metadata.name!
  try {
    const created = await ignoringEndingNamespace(client.create(replicaSets, replicaSet, { signal }))
    if (!created) return {}
    if (replicas > 0) events.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`)
    return { progress: { reason: 'NewReplicaSetCreated', message: `Created new replica set "${name}"` } }
  } catch (error) {
    if (isAlreadyExists(error)) return resolveCollision(name, deployment, client, signal)
    const message = `Failed to create new replica set "${name}": ${(error as Error).message}`
    events.event(deployment, 'Warning', 'ReplicaSetCreateError', message)
    return { progress: { reason: 'ReplicaSetCreateError', message }, failure: error as Error }
  }
}

/** Ours, only not yet in the cache; or a stranger's, whose name we have to avoid. */
async function resolveCollision(name: string, deployment: Deployment, client: Pick<Client, 'get'>, signal: AbortSignal): Promise<Outcome> {
  const existing = await client.get(replicaSets, { namespace: deployment.metadata.namespace, name }, { signal })
  if (isControlledBy(existing, deployment) && findNew(deployment, [existing])) return {}
  return {
    collisionCount: (deployment.status?.collisionCount ?? 0) + 1,
    failure: new Error(`replica set name "${name}" is taken by an object that is not of ${keyOf(deployment)}`),
  }
}

function newReplicaSet(deployment: Deployment, owned: readonly ReplicaSet[], replicas: number): New<ReplicaSet> {
  const { template, selector, minReadySeconds = 0 } = deployment.spec
  const hash = templateHash(template, deployment.status?.collisionCount)
  const labels = { ...template.metadata?.labels, [hashLabel]: hash }
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      namespace: deployment.metadata.namespace,
      name: `${deployment.metadata.name}-${hash}`,
      labels,
      annotations: newReplicaSetAnnotations(deployment, undefined, owned),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      minReadySeconds,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } as NonNullable<typeof template.metadata> },
    },
  }
}

async function resize({ replicaSet, replicas }: Resize, deployment: Deployment, { client, events }: ActDependencies, signal: AbortSignal): Promise<void> {
  const before = sizeOf(replicaSet)
  const annotations = { ...replicaSet.metadata.annotations, ...sizeAnnotations(deployment) }
  await client.update(replicaSets, { ...replicaSet, metadata: { ...replicaSet.metadata, annotations }, spec: { ...replicaSet.spec, replicas } }, { signal })
  if (before === replicas) return
  const direction = replicas > before ? 'up' : 'down'
  events.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled ${direction} replica set ${replicaSet.metadata.name} from ${before} to ${replicas}`)
}
