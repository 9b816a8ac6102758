// Frees memory before the kernel has to: one pod at a time, until the node has enough again. Disk is freed by removing images (images/image-gc.ts).

import type { Pod } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { Clock } from '../../util/clock.ts'
import type { Usage } from '../machine/pressure.ts'
import { memoryAvailableBytesMin } from '../node/health.ts'
import { podUidLabel } from '../runtime/labels.ts'
import type { Failure } from '../sync/pod-syncer.ts'
import { memoryRequest, rankByMemory } from './rank.ts'

export interface EvictionOptions {
  readonly runtime: Pick<RuntimeClient, 'listContainerStats'>
  readonly clock: Clock
  readonly logger: Logger
  readonly recorder: EventRecorder
  readonly usage: () => Promise<Pick<Usage, 'memoryAvailableBytes'>>
  /** Pods that are neither ending nor ended. */
  readonly active: () => readonly Pod[]
  readonly evict: (uid: string, failure: Failure) => void
}

/** Upstream's monitoring interval. */
const checkMs = 10_000

/** Runs until `signal` aborts. */
export async function evictUnderPressure(options: EvictionOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger } = options
  while (!signal.aborted) {
    await clock.sleep(checkMs, signal).catch(() => {})
    if (!signal.aborted) await evictOne(options).catch((error: unknown) => logger.error('Eviction failed', error))
  }
}

/** @returns the pod that has to go, if one has to */
export async function evictOne({ runtime, usage, active, evict, recorder, logger }: EvictionOptions): Promise<Pod | undefined> {
  const { memoryAvailableBytes } = await usage()
  if (memoryAvailableBytes >= memoryAvailableBytesMin) return undefined
  const { stats = [] } = await runtime.listContainerStats({})
  const used = new Map<string, number>()
  for (const { attributes, memory } of stats) {
    const uid = attributes?.labels?.[podUidLabel] ?? ''
    used.set(uid, (used.get(uid) ?? 0) + (memory?.workingSetBytes?.value ?? 0))
  }
  const [victim] = rankByMemory(active(), (uid) => used.get(uid) ?? 0)
  if (!victim) return undefined
  const { uid } = victim.metadata
  const mi = (bytes: number) => `${Math.round(bytes / 2 ** 20)}Mi`
  const usageText = `${victim.spec.containers.map((c) => c.name).join(', ')} was using ${mi(used.get(uid) ?? 0)}, request is ${mi(memoryRequest(victim))}`
  const message = `The node was low on resource: memory. Threshold quantity: ${mi(memoryAvailableBytesMin)}, available: ${mi(memoryAvailableBytes)}. Container ${usageText}, has larger consumption of memory. `
  recorder.event(victim, 'Warning', 'Evicted', message)
  logger.warn('Evicted a pod to free memory', { pod: keyOf(victim), availableBytes: memoryAvailableBytes })
  evict(uid, { reason: 'Evicted', message, disruption: true })
  return victim
}
