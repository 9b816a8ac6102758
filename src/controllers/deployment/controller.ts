import type { Deployment, DeploymentStatus, ReplicaSet } from '../../api/apps/v1.ts'
import { isPodTerminal } from '../../api/core/pod-status.ts'
import { keyOf } from '../../api/object.ts'
import { deployments as deploymentResource, pods as podResource, replicaSets as replicaSetResource } from '../../api/resources.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { selectorFromObject } from '../../apimachinery/labels/from-object.ts'
import { claim } from '../framework/claim.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { controllerOf, keysOfPossibleControllers } from '../framework/owner.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { act } from './act.ts'
import { decide } from './decide.ts'
import { annotation, findNew, revisionAnnotation } from './revision.ts'
import { isRolling } from './sizes.ts'
import { deadlineInMs, statusOf } from './status.ts'

const kind = { group: 'apps', kind: 'Deployment' }
const selectorOf = ({ spec }: Deployment) => selectorFromObject(spec.selector)

/** Moves pods from one template to the next by sizing ReplicaSets, one per template. */
export function newDeploymentController(context: ControllerContext): Controller {
  const { client, informers, events, clock } = context
  const deployments = informers.for(deploymentResource)
  const replicaSets = informers.for(replicaSetResource)
  const pods = informers.for(podResource)
  pods.addIndex('controllerUid', (pod) => [controllerOf(pod)?.uid ?? `orphan in ${pod.metadata.namespace}`])

  /** Recreate waits for the last old pod: its ReplicaSet's owner is woken when one goes. */
  function recreatingOwner(pod: Parameters<typeof controllerOf>[0]): string | undefined {
    const rs = replicaSets.lister.get(`${pod.metadata.namespace}/${controllerOf(pod)?.name}`)
    const owner = rs && controllerOf(rs)
    const deployment = owner && deployments.lister.get(`${pod.metadata.namespace}/${owner.name}`)
    return deployment && !isRolling(deployment) ? keyOf(deployment) : undefined
  }

  function oldPodsRunning(deployment: Deployment, owned: readonly ReplicaSet[]): boolean {
    if (isRolling(deployment)) return false
    const current = findNew(deployment, owned)
    const old = owned.filter((rs) => rs !== current)
    return old.some((rs) => pods.lister.byIndex('controllerUid', rs.metadata.uid).some((pod) => !isPodTerminal(pod)))
  }

  return controller('deployment-controller', context, {
    watches: [
      onChange(deployments, keyOf),
      onChange(replicaSets, (rs) => keysOfPossibleControllers(rs, { ...kind, lister: deployments.lister, selectorOf })),
      onChange(pods, recreatingOwner),
    ],
    async reconcile(key, signal) {
      const deployment = deployments.lister.get(key)
      if (!deployment) return done
      const candidates = replicaSets.lister.inNamespace(deployment.metadata.namespace)
      const owned = await claim(
        { owner: deployment, ownerResource: deploymentResource, selector: selectorOf(deployment), candidates, resource: replicaSetResource, client },
        signal,
      )
      const plan = decide({ deployment, replicaSets: owned, oldPodsRunning: oldPodsRunning(deployment, owned) })
      const { failure, ...outcome } = await act(plan, deployment, owned, { client, events }, signal)

      const current = findNew(deployment, owned)
      const nowMs = clock.now()
      const status = statusOf({ deployment, replicaSets: owned, current, nowMs, ...outcome })
      await report(deployment, status, annotation(current?.metadata.annotations, revisionAnnotation), signal)
      if (failure) throw failure
      const waitMs = deadlineInMs(deployment, status, nowMs)
      return waitMs === undefined ? done : requeueAfter(waitMs)
    },
  })

  /** The revision is written like the status: it is no new generation. */
  async function report(deployment: Deployment, status: DeploymentStatus, revision: string | undefined, signal: AbortSignal): Promise<void> {
    const { metadata } = deployment
    const annotations = revision === undefined ? metadata.annotations : { ...metadata.annotations, [revisionAnnotation]: revision }
    if (semanticEqual(deployment.status, status) && semanticEqual(metadata.annotations, annotations)) return
    await client.update(
      deploymentResource,
      { ...deployment, metadata: { ...metadata, ...(annotations ? { annotations } : {}) }, status },
      { subresource: 'status', signal },
    )
  }
}
