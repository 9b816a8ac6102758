import type { Pod } from '../../../api/core/v1.ts'
import { isPodActive, isPodTerminating } from '../../../api/core/pod-status.ts'
import { keyOf } from '../../../api/object.ts'
import { type ResourceType, pods as podResource } from '../../../api/resources.ts'
import { semanticEqual } from '../../../apimachinery/json-equal.ts'
import type { Selector } from '../../../apimachinery/labels/selector.ts'
import { claim } from '../claim.ts'
import type { ControllerContext } from '../context.ts'
import { type Controller, controller, onChange } from '../controller.ts'
import { Expectations } from '../expectations.ts'
import { controllerOf, isControlledBy, keyOfController, keysOfPossibleControllers } from '../owner.ts'
import { done, requeueAfter } from '../result.ts'
import { act } from './act.ts'
import { decide } from './decide.ts'
import type { ReplicaOwner, ReplicasStatus } from './owner.ts'
import { nextAvailableInMs, statusOf } from './status.ts'

export interface ReplicasOptions<T extends ReplicaOwner> {
  readonly name: string
  readonly resource: ResourceType<T>
  readonly selectorOf: (owner: T) => Selector
}

/** Keeps the wanted number of equal pods. ReplicaSets and ReplicationControllers are two configurations of it. */
export function newReplicasController<T extends ReplicaOwner>(context: ControllerContext, { name, resource, selectorOf }: ReplicasOptions<T>): Controller {
  const { client, informers, clock, events } = context
  const owners = informers.for(resource)
  const pods = informers.for(podResource)
  const expectations = new Expectations(clock)
  const kind = { group: resource.group, kind: resource.kind }
  const ownKey = (pod: Pod) => keyOfController(pod, kind)

  pods.addIndex('controllerUid', (pod) => [controllerOf(pod)?.uid ?? `orphan in ${pod.metadata.namespace}`])
  owners.addIndex('controllerUid', (owner) => [controllerOf(owner)?.uid ?? ''])
  pods.addHandler({
    add: (pod) => (isPodTerminating(pod) ? deletionSeen(pod) : expectations.creationSeen(ownKey(pod) ?? '')),
    update: (_, pod) => isPodTerminating(pod) && deletionSeen(pod),
    delete: deletionSeen,
  })
  function deletionSeen(pod: Pod): void {
    expectations.deletionSeen(ownKey(pod) ?? '', pod.metadata.uid)
  }

  /** Active pods of the siblings: the owners with the same parent. */
  function related(owner: T): readonly Pod[] {
    const parent = controllerOf(owner)
    const siblings = parent ? owners.lister.byIndex('controllerUid', parent.uid) : [owner]
    return siblings.flatMap((sibling) => pods.lister.byIndex('controllerUid', sibling.metadata.uid)).filter(isPodActive)
  }

  return controller(name, context, {
    watches: [onChange(owners, keyOf), onChange(pods, (pod) => keysOfPossibleControllers(pod, { ...kind, lister: owners.lister, selectorOf }))],
    async reconcile(key, signal) {
      const owner = owners.lister.get(key)
      if (!owner) {
        expectations.forget(key)
        return done
      }
      const settled = expectations.settled(key)
      const { uid, namespace } = owner.metadata
      const all = [...pods.lister.byIndex('controllerUid', uid), ...pods.lister.byIndex('controllerUid', `orphan in ${namespace}`)]
      const owned = await claim(
        { owner, ownerResource: resource, selector: selectorOf(owner), candidates: all.filter(isPodActive), resource: podResource, client },
        signal,
      )
      const terminating = all.filter((pod) => isPodTerminating(pod) && isControlledBy(pod, owner))

      const plan = decide({ owner, pods: owned, related: related(owner), settled, nowMs: clock.now() })
      const failure = await act(plan, owner, { client, expectations, events }, signal)
      const nowMs = clock.now()
      await updateStatus(owner, statusOf({ owner, pods: owned, terminating, plan, failure, nowMs }), signal)
      if (failure !== undefined) throw failure
      const waitMs = nextAvailableInMs(owner, owned, nowMs)
      return waitMs === undefined ? done : requeueAfter(waitMs)
    },
  })

  /** Also after a failure: the status must tell the truth. */
  async function updateStatus(owner: T, status: ReplicasStatus, signal: AbortSignal): Promise<void> {
    if (semanticEqual(owner.status, status)) return
    await client.update(resource, { ...owner, status }, { subresource: 'status', signal })
  }
}
