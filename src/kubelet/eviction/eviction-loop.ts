// Frees memory before the kernel has to: one pod at a time, until the node has enough again. Pods that have written more to the disk than
// they may go at once; beyond that, disk is freed by removing images (images/image-gc.ts).

import type { Pod } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { Clock } from '../../util/clock.ts'
import type { Usage } from '../machine/pressure.ts'
import { memoryAvailableBytesMin } from '../node/health.ts'
import { containerNameLabel, podUidLabel } from '../runtime/labels.ts'
import type { Failure } from '../sync/pod-syncer.ts'
import { memoryRequest, rankByMemory } from './rank.ts'
import { limitsStorage, storageExcess } from './storage-limits.ts'
import { storageUsage } from '../volumes/storage-usage.ts'

export interface EvictionOptions {
  readonly runtime: Pick<RuntimeClient, 'listContainerStats'>
  readonly clock: Clock
  readonly logger: Logger
  readonly recorder: EventRecorder
  readonly usage: () => Promise<Pick<Usage, 'memoryAvailableBytes'>>
  /** Pods that are neither ending nor ended. */
  readonly active: () => readonly Pod[]
  readonly evict: (uid: string, failure: Failure) => void
  readonly rootDirectory: string
  readonly logDirectory: string
}

/** Upstream's monitoring interval. */
const checkMs = 10_000

/** Runs until `signal` aborts. */
export async function evictUnderPressure(options: EvictionOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger } = options
  while (!signal.aborted) {
    await clock.sleep(checkMs, signal).catch(() => {})
    if (signal.aborted) return
    const failed = (error: unknown) => logger.error('Eviction failed', error)
    await evictOverStorageLimits(options).catch(failed)
    await evictOne(options).catch(failed)
  }
}

/** Evicts all pods that have written more to the node's disk than their limits let them. */
export async function evictOverStorageLimits(options: EvictionOptions): Promise<void> {
  const { runtime, active, rootDirectory, logDirectory } = options
  const limited = active().filter(limitsStorage)
  if (limited.length === 0) return
  const { stats = [] } = await runtime.listContainerStats({})
  for (const pod of limited) {
    const own = stats.filter(({ attributes }) => attributes?.labels?.[podUidLabel] === pod.metadata.uid)
    const layers = new Map(own.map(({ attributes, writableLayer }) => [attributes!.labels![containerNameLabel] ?? '', writableLayer?.usedBytes?.value ?? 0]))
    const message = storageExcess(pod, await storageUsage(pod, { rootDirectory, logDirectory, layers }))
    if (message) evictFor(pod, message, options)
  }
}

function evictFor(pod: Pod, message: string, { recorder, logger, evict }: EvictionOptions): void {
  recorder.event(pod, 'Warning', 'Evicted', message)
  logger.warn('Evicted a pod', { pod: keyOf(pod), message })
  evict(pod.metadata.uid, { reason: 'Evicted', message, disruption: true })
}

/** @returns the pod that has to go, if one has to */
export async function evictOne(options: EvictionOptions): Promise<Pod | undefined> {
  const { runtime, usage, active } = options
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
  evictFor(victim, message, options)
  return victim
}
