import type { Pod } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import { nodes as nodeResource, pods as podResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import { formatTime } from '../../util/clock.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, requeueAfter, type Result } from '../framework/result.ts'
import { decide, excessEnded, hasEnded } from './decide.ts'

/** Stands for all pods that have ended; no pod has such a key. */
const endedKey = '#ended'
/** Upstream's --terminated-pod-gc-threshold. */
const endedMaxDefault = 12_500

export interface PodGcOptions {
  /** Pods that have ended which are kept; 0 or less: all. */
  readonly endedMax?: number | undefined
}

/** Deletes pods of nodes that are gone, pods deleted before they had one, and the oldest of too many that have ended. Keys are pods. */
export function newPodGcController(context: ControllerContext, { endedMax = endedMaxDefault }: PodGcOptions = {}): Controller {
  const { client, informers, clock } = context
  const nodes = informers.for(nodeResource)
  const pods = informers.for(podResource)
  pods.addIndex('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []))
  pods.addIndex('ended', (pod) => (hasEnded(pod) ? [endedKey] : []))
  /** Node -> since when it is missed. */
  const missing = new Map<string, number>()

  return controller('pod-garbage-collector-controller', context, {
    watches: [
      onChange(pods, (pod) => (hasEnded(pod) ? [keyOf(pod), endedKey] : keyOf(pod))),
      onChange(nodes, (node) => pods.lister.byIndex('node', node.metadata.name).map(keyOf)),
    ],
    async reconcile(key, signal) {
      if (key === endedKey) return removeExcess(signal)
      const pod = pods.lister.get(key)
      if (!pod) return done
      const verdict = decide(pod, missingMs(pod.spec.nodeName))
      if (verdict.kind === 'wait') return requeueAfter(verdict.ms)
      if (verdict.kind === 'keep' || (verdict.why === 'orphaned' && (await nodeExists(pod.spec.nodeName!, signal)))) return done
      await remove(pod, verdict, signal)
      return done
    },
  })

  async function removeExcess(signal: AbortSignal): Promise<Result> {
    const excess = excessEnded(pods.lister.byIndex('ended', endedKey), endedMax)
    for (const pod of excess) await remove(pod, { why: 'unscheduled', markFailed: false }, signal)
    return done
  }

  function missingMs(node: string | undefined): number | undefined {
    if (!node || nodes.lister.get(node)) {
      if (node) missing.delete(node)
      return undefined
    }
    const since = missing.get(node) ?? clock.monotonic()
    missing.set(node, since)
    return clock.monotonic() - since
  }

  /** Uncached: a pod is not given up on the word of a cache. */
  async function nodeExists(name: string, signal: AbortSignal): Promise<boolean> {
    try {
      await client.get(nodeResource, { name }, { signal })
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
  }

  async function remove(pod: Pod, { why, markFailed }: { why: 'unscheduled' | 'orphaned'; markFailed: boolean }, signal: AbortSignal): Promise<void> {
    const { uid } = pod.metadata
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
      lastTransitionTime: formatTime(clock.now()),
    }
    const status = { phase: 'Failed', ...(why === 'orphaned' ? { conditions: [condition] } : {}) }
    try {
      if (markFailed)
        await client.patch(podResource, pod.metadata, { type: 'strategic', patch: { metadata: { uid }, status } }, { subresource: 'status', signal })
      await client.delete(podResource, pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid }, signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
