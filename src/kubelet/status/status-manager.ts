// Tells the API server what became of the pods. Level-triggered: the latest status per pod is kept, and written when it differs
// from what the server has. After a pod's last status its object is deleted for good.

import type { Pod, PodStatus } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import { pods } from '../../api/resources.ts'
import { isConflict, isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import { WorkQueue } from '../../client/workqueue/work-queue.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import { statusPatch } from './status-patch.ts'

export interface StatusManagerOptions {
  readonly client: Pick<Client, 'get' | 'patch' | 'delete'>
  readonly clock: Clock
  readonly logger: Logger
  /** The newest known object of a pod (the informer's). */
  readonly podOf: (uid: string) => Pod | undefined
}

interface Entry {
  pod: Pod
  status: PodStatus
  /** Everything of the pod is gone from the node: its object may go too. */
  finished: boolean
  /** The object as last returned by a write: newer than the informer's for a moment. */
  written?: Pod
}

/** Writes at the same time; each pod's own are one after the other. */
const workers = 8

export class StatusManager {
  readonly #options: StatusManagerOptions
  readonly #entries = new Map<string, Entry>()
  readonly #queue: WorkQueue<string>

  constructor(options: StatusManagerOptions) {
    this.#options = options
    this.#queue = new WorkQueue({ clock: options.clock, backoffMsInitial: 100, backoffMsMax: 10_000 })
  }

  /** The last status given for the pod. */
  get(podUid: string): PodStatus | undefined {
    return this.#entries.get(podUid)?.status
  }

  set(pod: Pod, status: PodStatus): void {
    const { uid } = pod.metadata
    const entry = this.#entries.get(uid)
    if (entry) Object.assign(entry, { pod, status })
    else this.#entries.set(uid, { pod, status, finished: false })
    this.#queue.add(uid)
  }

  /** The pod's containers, volumes and cgroups are gone. */
  finish(pod: Pod): void {
    const entry = this.#entries.get(pod.metadata.uid)
    if (entry) Object.assign(entry, { pod, finished: true })
    else this.#entries.set(pod.metadata.uid, { pod, status: pod.status ?? {}, finished: true })
    this.#queue.add(pod.metadata.uid)
  }

  /** Its object is gone. */
  forget(podUid: string): void {
    this.#entries.delete(podUid)
  }

  /** The object changed: perhaps somebody else wrote its status. */
  recheck(podUid: string): void {
    if (this.#entries.has(podUid)) this.#queue.add(podUid)
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#queue.shutDown(), { once: true })
    await Promise.all(Array.from({ length: workers }, () => this.#work(signal)))
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const uid = await this.#queue.get()
      if (uid === undefined) return
      try {
        await this.#sync(uid, signal)
        this.#queue.forget(uid)
      } catch (error) {
        if (!signal.aborted) {
          this.#options.logger.error('Could not write pod status', error, { uid })
          this.#queue.addRateLimited(uid)
        }
      } finally {
        this.#queue.done(uid)
      }
    }
  }

  async #sync(uid: string, signal: AbortSignal): Promise<void> {
    const entry = this.#entries.get(uid)
    if (!entry) return
    const { client, podOf, logger } = this.#options
    const { metadata } = entry.pod
    const current = newer(podOf(uid), entry.written) ?? entry.pod
    try {
      const patch = statusPatch(current, entry.status)
      if (patch) entry.written = await client.patch(pods, metadata, { type: 'strategic', patch }, { subresource: 'status', signal })
      const latest = newer(podOf(uid), entry.written) ?? entry.pod
      if (!entry.finished || latest.metadata.deletionTimestamp === undefined) return
      await client.delete(pods, metadata, { gracePeriodSeconds: 0, preconditions: { uid }, signal })
      logger.info('Pod was terminated and its object deleted', { pod: keyOf(entry.pod), uid })
      this.#entries.delete(uid)
    } catch (error) {
      // Gone, or another pod of that name has taken its place.
      if (isNotFound(error) || isConflict(error)) this.#entries.delete(uid)
      else throw error
    }
  }
}

function newer(a: Pod | undefined, b: Pod | undefined): Pod | undefined {
  if (!a || !b) return a ?? b
  return BigInt(a.metadata.resourceVersion) >= BigInt(b.metadata.resourceVersion) ? a : b
}
