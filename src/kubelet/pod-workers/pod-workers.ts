// One worker per pod. A pod moves through its stages in one direction only:
//
//   syncing ── deleted, finished by itself, evicted ──> terminating ── all stopped ──> terminated ── cleaned up ──> finished
//
// A worker never does two things at once for a pod. Whatever happens meanwhile (a new spec, a probe result, a runtime event) sets
// `dirty`, and the step is taken again. A request to terminate, or to do so faster, cuts the current step short.

import { isDeepStrictEqual } from 'node:util'
import type { Pod } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock, Timer } from '../../util/clock.ts'
import type { Rand } from '../../util/rand.ts'
import { kubeletConditions } from '../status/conditions.ts'
import type { Failure, PodSyncer } from '../sync/pod-syncer.ts'

export type Stage = 'syncing' | 'terminating' | 'terminated' | 'finished'

interface Entry {
  pod: Pod
  stage: Stage
  failure: Failure | undefined
  /** Grace period of the termination under way, in seconds. */
  graceSeconds: number | undefined
  /** The object is gone from the API server: nothing is left to report to. */
  removed: boolean
  dirty: boolean
  errors: number
  step: AbortController | undefined
  timer: Timer | undefined
  driving: Promise<void> | undefined
}

export interface PodWorkersOptions {
  readonly syncer: Pick<PodSyncer, 'sync' | 'terminate' | 'finish'>
  readonly clock: Clock
  readonly rand: Rand
  readonly logger: Logger
  /** A pod is finished and its object gone. */
  readonly forgotten: (pod: Pod) => void
}

/** A pod without news is looked at this often: volumes are refreshed. Upstream's syncFrequency, jittered by half. */
const resyncMs = 60_000
/** After an error: 1 s doubling to 10 s. */
const errorMsInitial = 1_000
const errorMsMax = 10_000

export class PodWorkers {
  readonly #options: PodWorkersOptions
  readonly #entries = new Map<string, Entry>()
  #stopped = false

  constructor(options: PodWorkersOptions) {
    this.#options = options
  }

  has(uid: string): boolean {
    return this.#entries.has(uid)
  }

  pods(): readonly Pod[] {
    return [...this.#entries.values()].map((e) => e.pod)
  }

  stage(uid: string): Stage | undefined {
    return this.#entries.get(uid)?.stage
  }

  /** A new or changed pod object. */
  update(pod: Pod): void {
    const { uid } = pod.metadata
    const known = this.#entries.get(uid)
    const echo = known !== undefined && isStatusEcho(known.pod, pod)
    const entry = known ?? newEntry(pod)
    entry.pod = pod
    if (!known) this.#entries.set(uid, entry)
    const ended = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
    if (pod.metadata.deletionTimestamp !== undefined) this.#terminate(entry, pod.metadata.deletionGracePeriodSeconds)
    else if (!known && ended) this.#terminate(entry, undefined)
    else if (!echo) this.#wake(entry)
  }

  /** The object is gone: by our own last delete, or forced by somebody. */
  remove(uid: string): void {
    const entry = this.#entries.get(uid)
    if (!entry) return
    entry.removed = true
    if (entry.stage === 'finished') this.#forget(entry)
    else this.#terminate(entry, entry.pod.metadata.deletionGracePeriodSeconds ?? entry.pod.spec.terminationGracePeriodSeconds ?? 30)
  }

  /** Ends a pod for a reason of the node's. */
  evict(uid: string, failure: Failure, graceSeconds: number): void {
    const entry = this.#entries.get(uid)
    if (!entry || entry.stage !== 'syncing') return
    entry.failure = failure
    this.#terminate(entry, graceSeconds)
  }

  /** Something about the pod changed: look again. */
  notify(uid: string): void {
    const entry = this.#entries.get(uid)
    if (entry && entry.stage !== 'finished') this.#wake(entry)
  }

  /** Cuts all steps short and waits for them. Containers run on. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const { step, timer } of this.#entries.values()) {
      timer?.cancel()
      step?.abort(new Error('kubelet is stopping'))
    }
    await Promise.all([...this.#entries.values()].flatMap((e) => e.driving ?? []))
  }

  #terminate(entry: Entry, graceSeconds: number | undefined): void {
    const faster = graceSeconds !== undefined && (entry.graceSeconds === undefined || graceSeconds < entry.graceSeconds)
    if (entry.stage === 'syncing') entry.stage = 'terminating'
    else if (entry.stage !== 'terminating' || !faster) return
    if (faster) entry.graceSeconds = graceSeconds
    entry.errors = 0
    entry.step?.abort(new Error('pod is terminating'))
    this.#wake(entry)
  }

  #wake(entry: Entry): void {
    if (this.#stopped) return
    entry.timer?.cancel()
    entry.dirty = true
    entry.driving ??= this.#drive(entry).finally(() => (entry.driving = undefined))
  }

  async #drive(entry: Entry): Promise<void> {
    while (entry.dirty && !this.#stopped) {
      entry.dirty = false
      const waitMs = await this.#step(entry)
      if (entry.stage === 'finished') {
        if (entry.removed) this.#forget(entry)
        return
      }
      if (waitMs <= 0) entry.dirty = true
      else if (!entry.dirty && !this.#stopped) entry.timer = this.#options.clock.after(waitMs, () => this.#wake(entry))
    }
  }

  /** Takes one step. @returns when to take the next */
  async #step(entry: Entry): Promise<number> {
    const { rand, logger } = this.#options
    const step = new AbortController()
    entry.step = step
    try {
      const waitMs = await this.#advance(entry, step.signal)
      entry.errors = 0
      return waitMs ?? resyncMs * (1 + rand() / 2)
    } catch (error) {
      if (step.signal.aborted) return 0
      logger.error('Error syncing pod, retrying', error, { pod: keyOf(entry.pod), stage: entry.stage })
      return Math.min(errorMsInitial * 2 ** entry.errors++, errorMsMax)
    } finally {
      entry.step = undefined
    }
  }

  async #advance(entry: Entry, signal: AbortSignal): Promise<number | undefined> {
    const { syncer } = this.#options
    switch (entry.stage) {
      case 'syncing': {
        const { terminal, failure, retryAfterMs } = await syncer.sync(entry.pod, signal)
        if (!terminal) return retryAfterMs
        entry.failure ??= failure
        if (entry.stage === 'syncing') entry.stage = 'terminating'
        return 0
      }
      case 'terminating':
        await syncer.terminate(entry.pod, { graceSeconds: entry.graceSeconds, failure: entry.failure }, signal)
        entry.stage = 'terminated'
        return 0
      case 'terminated':
        await syncer.finish(entry.pod, entry.failure)
        entry.stage = 'finished'
        return undefined
      case 'finished':
        return undefined
    }
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.pod.metadata.uid)
    this.#options.forgotten(entry.pod)
  }
}

function newEntry(pod: Pod): Entry {
  return {
    pod,
    stage: 'syncing',
    failure: undefined,
    graceSeconds: undefined,
    removed: false,
    dirty: false,
    errors: 0,
    step: undefined,
    timer: undefined,
    driving: undefined,
  }
}

/** Only what the kubelet itself reports differs: no reason to look again. */
function isStatusEcho(before: Pod, after: Pod): boolean {
  const rest = ({ metadata: { resourceVersion: _r, managedFields: _m, ...metadata }, spec }: Pod) => ({ metadata, spec })
  const foreign = ({ status }: Pod) => status?.conditions?.filter((c) => !kubeletConditions.some((own) => own === c.type)) ?? []
  return isDeepStrictEqual(rest(before), rest(after)) && isDeepStrictEqual(foreign(before), foreign(after))
}
