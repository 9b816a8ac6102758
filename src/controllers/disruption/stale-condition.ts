// An eviction marks its pod with DisruptionTarget and then deletes it. If the deletion never came, the mark is taken back.
// Source: pkg/controller/disruption/disruption.go (syncStalePodDisruption).
import { isPodTerminal, isPodTerminating, podCondition } from '../../api/core/pod-status.ts'
import type { Pod } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import { pods as podResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import { formatTime } from '../../util/clock.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, requeueAfter } from '../framework/result.ts'

/** Upstream's value. */
const staleMs = 2 * 60_000

const type = 'DisruptionTarget'

/** Milliseconds until the pod's mark is stale; undefined: it has none, or one that stays. */
export function staleInMs(pod: Pod, nowMs: number): number | undefined {
  const condition = podCondition(pod, type)
  // The kubelet takes as long as it takes, and what has ended is left as it is.
  if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet' || isPodTerminating(pod) || isPodTerminal(pod)) return undefined
  return Math.max(0, Date.parse(condition.lastTransitionTime ?? '1970-01-01T00:00:00Z') + staleMs - nowMs)
}

export function newStaleConditionController(context: ControllerContext): Controller {
  const { client, informers, clock } = context
  const pods = informers.for(podResource)
  return controller('disruption-controller stale conditions', context, {
    watches: [onChange(pods, (pod) => (staleInMs(pod, 0) === undefined ? undefined : keyOf(pod)))],
    workers: 1,
    async reconcile(key, signal) {
      const pod = pods.lister.get(key)
      const leftMs = pod && staleInMs(pod, clock.now())
      if (!pod || leftMs === undefined) return done
      if (leftMs > 0) return requeueAfter(leftMs)
      const { uid } = pod.metadata
      const condition = { type, status: 'False', lastTransitionTime: formatTime(clock.now()), reason: '', message: '' }
      const patch = { metadata: { uid }, status: { conditions: [condition] } }
      await client.patch(podResource, pod.metadata, { type: 'strategic', patch }, { subresource: 'status', signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
      return done
    },
  })
}
