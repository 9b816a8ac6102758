// What becomes of the API server's pods, and of pods that only the runtime knows: handed to a worker, refused, or ended as orphans.
import type { Node, Pod } from '../api/core/v1.ts'
import { keyOf } from '../api/object.ts'
import type { EventHandler } from '../client/informers/informer.ts'
import type { Logger } from '../component-base/logger.ts'
import { admit } from './admission/admit.ts'
import type { Pleg } from './pleg/pleg.ts'
import type { PodWorkers } from './pod-workers/pod-workers.ts'
import type { StatusManager } from './status/status-manager.ts'
import type { PodSyncer } from './sync/pod-syncer.ts'

export interface PodIntakeOptions {
  readonly pleg: Pleg
  /** Asked for when they are needed: they report back to the intake. */
  readonly workers: () => PodWorkers
  readonly syncer: () => PodSyncer
  readonly statuses: () => StatusManager
  readonly node: () => Node | undefined
  readonly allocatable: () => Readonly<Record<string, string>>
  readonly logger: Logger
  readonly signal: AbortSignal
}

export class PodIntake {
  readonly #options: PodIntakeOptions
  /** Pods of the API server, by uid. */
  readonly #known = new Map<string, Pod>()
  readonly #orphans = new Set<string>()
  /** Work that nobody waits for, until the end. */
  readonly #pending = new Set<Promise<void>>()
  /** Every pod of the API server's list has been handed to its worker: only now can a pod of the runtime be called unknown. */
  #podsAreKnown = false

  constructor(options: PodIntakeOptions) {
    this.#options = options
  }

  readonly handler: EventHandler<Pod> = {
    add: (pod) => this.#add(pod),
    update: (_, pod) => (this.#isRefused(pod) ? this.#updateRefused(pod) : this.#add(pod)),
    delete: ({ metadata: { uid } }) => {
      const { workers, statuses } = this.#options
      this.#known.delete(uid)
      if (workers().has(uid)) workers().remove(uid)
      else statuses().forget(uid)
    },
  }

  podOf(uid: string): Pod | undefined {
    return this.#known.get(uid)
  }

  /** Whether the runtime may have something for the pod. */
  knows(uid: string): boolean {
    return this.#options.workers().has(uid) || this.#known.has(uid)
  }

  /** The API server's list has been handled: what else the runtime has is nobody's. */
  listed(): void {
    this.#podsAreKnown = true
    this.endOrphans()
  }

  endOrphans(): void {
    for (const { uid } of this.#options.pleg.all()) this.endOrphan(uid)
  }

  /** Ends a pod of the runtime that nobody knows. */
  endOrphan(uid: string): void {
    const { pleg, workers, syncer, signal } = this.#options
    if (!this.#podsAreKnown || this.#orphans.has(uid) || workers().has(uid)) return
    const runtimePod = pleg.get(uid)
    if (runtimePod.sandboxes.length + runtimePod.containers.length === 0) return
    this.#orphans.add(uid)
    const ending = syncer()
      .terminateOrphan(runtimePod, signal)
      .finally(() => this.#orphans.delete(uid))
    this.#background(ending, 'Could not remove an unknown pod')
  }

  /** The worker of a deleted pod has done all it can. */
  forgotten(pod: Pod): void {
    this.#background(this.#cleanUp(pod), 'Could not remove a deleted pod from the runtime')
  }

  /** Resolves when everything that nobody waits for has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#pending)
  }

  async #cleanUp({ metadata: { uid } }: Pod): Promise<void> {
    const { statuses, syncer, pleg } = this.#options
    statuses().forget(uid)
    this.#known.delete(uid)
    await syncer().removeFromRuntime(await pleg.refresh(uid))
  }

  #add(pod: Pod): void {
    const { uid } = pod.metadata
    const { workers, syncer, pleg, node, allocatable } = this.#options
    this.#known.set(uid, pod)
    const isNew = !workers().has(uid) && pod.metadata.deletionTimestamp === undefined && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded'
    const refusal =
      isNew && pleg.get(uid).sandboxes.length === 0 ? admit(pod, { others: workers().pods(), node: node(), allocatable: allocatable() }) : undefined
    if (refusal) syncer().reject(pod, refusal)
    else workers().update(pod)
  }

  #isRefused({ metadata: { uid } }: Pod): boolean {
    return this.#known.has(uid) && !this.#options.workers().has(uid)
  }

  /** A pod that was refused has no worker: when it is deleted there is nothing to stop. */
  #updateRefused(pod: Pod): void {
    const { statuses, logger } = this.#options
    this.#known.set(pod.metadata.uid, pod)
    if (pod.metadata.deletionTimestamp !== undefined) statuses().finish(pod)
    else logger.debug('Ignored a change of a pod that was rejected', { pod: keyOf(pod) })
  }

  #background(work: Promise<void>, failure: string): void {
    const { logger, signal } = this.#options
    const caught = work.catch((error: unknown) => signal.aborted || logger.error(failure, error)).then(() => void this.#pending.delete(caught))
    this.#pending.add(caught)
  }
}
