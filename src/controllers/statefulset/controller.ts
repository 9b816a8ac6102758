import type { ControllerRevision, StatefulSet, StatefulSetStatus } from '../../api/apps/v1.ts'
import { availableInMs } from '../../api/core/pod-status.ts'
import type { PodTemplateSpec } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import {
  controllerRevisions as revisionResource,
  persistentVolumeClaims as claimResource,
  pods as podResource,
  statefulSets as setResource,
} from '../../api/resources.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/api-error.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { selectorFromObject } from '../../apimachinery/labels/from-object.ts'
import { claim } from '../framework/claim.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { ignoringEndingNamespace } from '../framework/ending-namespace.ts'
import { pruneHistory, syncHistory } from '../framework/history.ts'
import { controllerOf, keysOfPossibleControllers } from '../framework/owner.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { type Plan, decide, statusOf } from './decide.ts'
import { claimsFor, ordinalOf, podFor, revisionOf } from './identity.ts'

const kind = { group: 'apps', kind: 'StatefulSet' }
const selectorOf = ({ spec }: StatefulSet) => selectorFromObject(spec.selector)

/** Keeps numbered pods, each with its own name and claims. */
export function newStatefulSetController(context: ControllerContext): Controller {
  const { client, informers, clock, events } = context
  const sets = informers.for(setResource)
  const pods = informers.for(podResource)
  const revisions = informers.for(revisionResource)
  pods.addIndex('controllerUid', (pod) => [controllerOf(pod)?.uid ?? `orphan in ${pod.metadata.namespace}`])

  return controller('statefulset-controller', context, {
    watches: [onChange(sets, keyOf), onChange(pods, (pod) => keysOfPossibleControllers(pod, { ...kind, lister: sets.lister, selectorOf }))],
    async reconcile(key, signal) {
      const set = sets.lister.get(key)
      if (!set) return done
      const { uid, namespace } = set.metadata
      const owner = { owner: set, ownerResource: setResource, selector: selectorOf(set), client }
      const candidates = [...pods.lister.byIndex('controllerUid', uid), ...pods.lister.byIndex('controllerUid', `orphan in ${namespace}`)]
      const named = candidates.filter((pod) => ordinalOf(set, pod.metadata.name) !== undefined)
      const owned = await claim({ ...owner, candidates: named, resource: podResource }, signal)
      if (set.metadata.deletionTimestamp) return done
      const history = await syncHistory(
        set,
        await claim({ ...owner, candidates: revisions.lister.inNamespace(namespace), resource: revisionResource }, signal),
        client,
        signal,
      )
      if (!history) {
        await updateStatus(set, { ...set.status!, replicas: set.status?.replicas ?? 0, collisionCount: (set.status?.collisionCount ?? 0) + 1 }, signal)
        return done
      }
      const update = history.update
      const current = history.all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update
      const world = { set, pods: owned, currentRevision: current.metadata.name, updateRevision: update.metadata.name, nowMs: clock.now() }
      try {
        await act(set, decide(world), [current, update], signal)
      } finally {
        await updateStatus(set, statusOf(world, set.status?.collisionCount), signal) // also after a failure: it must tell the truth
      }
      const inUse = new Set([current.metadata.name, ...owned.map((pod) => revisionOf(pod) ?? '')])
      await pruneHistory(history, { inUse, limit: set.spec.revisionHistoryLimit ?? 10 }, client, signal)
      const waits = owned.map((pod) => availableInMs(pod, set.spec.minReadySeconds ?? 0, world.nowMs) ?? 0).filter((ms) => ms > 0)
      return waits.length ? requeueAfter(Math.min(...waits)) : done
    },
  })

  async function act(set: StatefulSet, { create, remove }: Plan, history: readonly ControllerRevision[], signal: AbortSignal): Promise<void> {
    for (const { ordinal, revision } of create) {
      for (const wanted of claimsFor(set, ordinal)) await ignoringEndingNamespace(client.create(claimResource, wanted, { signal })).catch(unlessExists)
      await createPod(
        set,
        ordinal,
        history.find(({ metadata }) => metadata.name === revision)!,
        signal,
      )
    }
    for (const { pod, why } of remove) {
      if (why === 'ended') events.event(set, 'Warning', 'RecreatingFailedPod', `StatefulSet ${keyOf(set)} is recreating failed Pod ${pod.metadata.name}`)
      const report = (type: 'Normal' | 'Warning', result: string, more = '') =>
        events.event(
          set,
          type,
          result === 'successful' ? 'SuccessfulDelete' : 'FailedDelete',
          `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} ${result}${more}`,
        )
      try {
        await client.delete(podResource, pod.metadata, { preconditions: { uid: pod.metadata.uid }, signal })
        report('Normal', 'successful')
      } catch (error) {
        if (isNotFound(error)) continue
        report('Warning', 'failed', ` error: ${(error as Error).message}`)
        throw error
      }
    }
  }

  async function createPod(set: StatefulSet, ordinal: number, revision: ControllerRevision, signal: AbortSignal): Promise<void> {
    const { template } = (revision.data as { spec: { template: PodTemplateSpec & { $patch?: string } } }).spec
    const { $patch: _, ...own } = template
    const pod = podFor(set, ordinal, own, revision.metadata.name)
    const text = `create Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`
    try {
      const created = await ignoringEndingNamespace(client.create(podResource, pod, { signal }))
      if (created) events.event(set, 'Normal', 'SuccessfulCreate', `${text} successful`)
    } catch (error) {
      // The pod that has the number is not yet in the cache, or is a stranger's: it will wake us when it changes.
      if (!isAlreadyExists(error)) events.event(set, 'Warning', 'FailedCreate', `${text} failed error: ${(error as Error).message}`)
      throw error
    }
  }

  async function updateStatus(set: StatefulSet, status: StatefulSetStatus, signal: AbortSignal): Promise<void> {
    if (!semanticEqual(set.status, status)) await client.update(setResource, { ...set, status }, { subresource: 'status', signal })
  }
}

function unlessExists(error: unknown): void {
  if (!isAlreadyExists(error)) throw error
}
