import type { Pod } from '../../api/core/v1.ts'
import { isPodTerminating } from '../../api/core/pod-status.ts'
import { keyOf } from '../../api/object.ts'
import { nodes as nodeResource, pods as podResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import { formatTime } from '../../util/clock.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { toleratedMs } from './decide.ts'

/** Deletes pods from nodes whose NoExecute taints they do not tolerate, or no longer. Keys are pods. */
export function newTaintEvictionController(context: ControllerContext): Controller {
  const { client, informers, clock, events } = context
  const nodes = informers.for(nodeResource)
  const pods = informers.for(podResource)
  pods.addIndex('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []))
  /** Pod key -> pod and since when it has to put up with taints. */
  const since = new Map<string, { readonly uid: string; readonly atMs: number }>()

  return controller('taint-eviction-controller', context, {
    watches: [onChange(pods, keyOf), onChange(nodes, (node) => pods.lister.byIndex('node', node.metadata.name).map(keyOf))],
    async reconcile(key, signal) {
      const pod = pods.lister.get(key)
      const taints = (pod?.spec.nodeName && nodes.lister.get(pod.spec.nodeName)?.spec?.taints) || []
      const allowedMs = pod && !isPodTerminating(pod) ? toleratedMs(taints, pod.spec.tolerations ?? []) : Infinity
      if (!pod || allowedMs === Infinity) {
        if (since.delete(key) && pod && !isPodTerminating(pod)) events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`)
        return done
      }
      const known = since.get(key)
      const start = known?.uid === pod.metadata.uid ? known : { uid: pod.metadata.uid, atMs: clock.monotonic() }
      since.set(key, start)
      const leftMs = start.atMs + allowedMs - clock.monotonic()
      if (leftMs > 0) return requeueAfter(leftMs)
      await evict(pod, signal)
      since.delete(key)
      return done
    },
  })

  async function evict(pod: Pod, signal: AbortSignal): Promise<void> {
    events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyOf(pod)}`)
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: formatTime(clock.now()),
    }
    const { uid } = pod.metadata
    try {
      await client.patch(
        podResource,
        pod.metadata,
        { type: 'strategic', patch: { metadata: { uid }, status: { conditions: [condition] } } },
        { subresource: 'status', signal },
      )
      await client.delete(podResource, pod.metadata, { preconditions: { uid }, signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
