// Pods that wait for a node are in one of three places.
//   active         try now, by priority, then by age
//   backoff        tried in vain; a timer runs (1 s, doubling to 10 s)
//   unschedulable  tried in vain and nothing has happened since that could help
// Moves: refused → unschedulable | event that helps → backoff, or active when the timer has run out | timer → active.
// A pod that is being tried ("in flight") is nowhere; events of that time are kept and count when it comes back.
// Source: pkg/scheduler/backend/queue/scheduling_queue.go, KEP-4247 (queueing hints).
import type { Pod } from '../../api/core/v1.ts'
import type { Clock, Timer } from '../../util/clock.ts'
import { Heap } from '../../util/heap.ts'
import type { ClusterEvent, Plugin } from '../framework/plugin.ts'

export interface QueuedPod {
  readonly pod: Pod
  /** When it was first queued; age order within a priority. */
  readonly queuedAtMs: number
  readonly attempts: number
  /** When its back-off ends. */
  readonly retryAtMs: number
  /** Names of the plugins that refused it; only events that help one of them wake it. */
  readonly refusedBy: ReadonlySet<string>
  /** Refused before the queue (scheduling gates): not even a timer wakes it. */
  readonly gated: boolean
}

const backoffMsInitial = 1_000
const backoffMsMax = 10_000
/** A pod that no event has woken for so long is tried again anyway: a missed event must not strand it. */
const unschedulableMsMax = 5 * 60_000
const sweepMs = 30_000

export const backoffMs = (attempts: number) => Math.min(backoffMsMax, backoffMsInitial * 2 ** (attempts - 1))

const byPriority = (a: QueuedPod, b: QueuedPod) => {
  const difference = (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0)
  return difference === 0 ? a.queuedAtMs < b.queuedAtMs : difference > 0
}
const uidOf = ({ pod }: QueuedPod) => pod.metadata.uid

/** Told of each pod that comes into one of the three places, and why. */
type Incoming = (event: string, queue: 'active' | 'backoff' | 'unschedulable') => void

/** Upstream's names for what moves pods. */
const podAdded = 'PodAdd'
const attemptFailed = 'ScheduleAttemptFailure'
const backoffComplete = 'BackoffComplete'
const waitedLong = 'UnschedulableTimeout'
const actionNames = { add: 'Add', update: 'Update', delete: 'Delete' } as const
const nameOf = ({ resource, action }: ClusterEvent) => `${resource}${actionNames[action]}`

export class SchedulingQueue {
  readonly #active = new Heap<QueuedPod>({ keyOf: uidOf, before: byPriority })
  readonly #backoff = new Heap<QueuedPod>({ keyOf: uidOf, before: (a, b) => a.retryAtMs < b.retryAtMs })
  readonly #unschedulable = new Map<string, QueuedPod & { readonly sinceMs: number }>()
  /** uid -> events since the pod was taken out to be tried. */
  readonly #inFlight = new Map<string, ClusterEvent[]>()
  readonly #plugins: readonly Plugin[]
  readonly #clock: Clock
  readonly #incoming: Incoming
  #timer: Timer | undefined
  #wake = Promise.withResolvers<void>()

  constructor(plugins: readonly Plugin[], clock: Clock, incoming: Incoming = () => {}) {
    this.#plugins = plugins
    this.#clock = clock
    this.#incoming = incoming
  }

  /** How many pods wait where: the metric scheduler_pending_pods. */
  get counts(): { readonly active: number; readonly backoff: number; readonly unschedulable: number; readonly gated: number } {
    const gated = [...this.#unschedulable.values()].filter((p) => p.gated).length
    return { active: this.#active.size, backoff: this.#backoff.size, unschedulable: this.#unschedulable.size - gated, gated }
  }

  /** A pod without a node, seen for the first time or again after a change. */
  set(pod: Pod): void {
    const { uid } = pod.metadata
    if (this.#inFlight.has(uid)) return
    for (const heap of [this.#active, this.#backoff]) {
      const waiting = heap.get(uid)
      if (waiting) return heap.set({ ...waiting, pod })
    }
    const refused = this.#unschedulable.get(uid)
    if (!refused) return this.#enter({ pod, queuedAtMs: this.#clock.now(), attempts: 0, retryAtMs: 0, refusedBy: new Set(), gated: false }, podAdded)
    const updated = { ...refused, pod }
    this.#unschedulable.set(uid, updated)
    const event: ClusterEvent = { resource: 'TargetPod', action: 'update', old: refused.pod, pod }
    if (this.#isHelped(updated, event)) this.#enter(updated, nameOf(event))
  }

  remove(pod: Pod): void {
    const { uid } = pod.metadata
    this.#active.delete(uid)
    this.#backoff.delete(uid)
    this.#unschedulable.delete(uid)
  }

  /**
   * The next pod to try; it is in flight until {@link done} or {@link refuse}. Resolves undefined when `signal` aborts.
   */
  async next(signal: AbortSignal): Promise<QueuedPod | undefined> {
    const aborted = Promise.withResolvers<void>()
    const abort = () => aborted.resolve()
    signal.addEventListener('abort', abort, { once: true })
    try {
      while (!signal.aborted) {
        const item = this.#active.pop()
        if (item) {
          this.#inFlight.set(uidOf(item), [])
          return { ...item, attempts: item.attempts + 1 }
        }
        this.#wake = Promise.withResolvers<void>()
        await Promise.race([this.#wake.promise, aborted.promise])
      }
      return undefined
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** The pod got a node, or is gone. */
  done(item: QueuedPod): void {
    this.#inFlight.delete(uidOf(item))
  }

  /** No node for the pod. It sleeps until an event helps one of the plugins in `refusedBy`; empty: an error, retried after back-off. */
  refuse(item: QueuedPod, pod: Pod, refusedBy: ReadonlySet<string>): void {
    const missed = this.#inFlight.get(uidOf(item)) ?? []
    this.#inFlight.delete(uidOf(item))
    const refused = { ...item, pod, refusedBy, retryAtMs: this.#clock.now() + backoffMs(item.attempts) }
    if (refusedBy.size === 0 || missed.some((event) => this.#isHelped(refused, event))) this.#enter(refused, attemptFailed)
    else this.#park(refused, attemptFailed)
  }

  /** Something changed: wakes the pods it may help. */
  onEvent(event: ClusterEvent): void {
    for (const events of this.#inFlight.values()) events.push(event)
    const helped = [...this.#unschedulable.values()].filter((item) => this.#isHelped(item, event))
    for (const item of helped) this.#enter(item, nameOf(event))
  }

  /** Runs the timers until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(sweepMs, signal).catch(() => {})
      const before = this.#clock.now() - unschedulableMsMax
      const forgotten = [...this.#unschedulable.values()].filter((item) => !item.gated && item.sinceMs < before)
      for (const item of forgotten) this.#enter(item, waitedLong)
    }
    this.#timer?.cancel()
  }

  #isHelped({ refusedBy, pod }: QueuedPod, event: ClusterEvent): boolean {
    return this.#plugins.some((plugin) => refusedBy.has(plugin.name) && (plugin.helps?.(event, pod) ?? true))
  }

  #park(item: QueuedPod, why: string): void {
    this.#incoming(why, 'unschedulable')
    this.#unschedulable.set(uidOf(item), { ...item, sinceMs: this.#clock.now() })
  }

  /** To active, or to backoff while its timer runs, or nowhere while a gate is closed. */
  #enter(item: QueuedPod, why: string): void {
    this.#unschedulable.delete(uidOf(item))
    const gate = this.#plugins.find((p) => p.preEnqueue?.(item.pod))
    if (gate) return this.#park({ ...item, refusedBy: new Set([gate.name]), gated: true }, why)
    const ready = { ...item, gated: false }
    if (item.retryAtMs > this.#clock.now()) {
      this.#incoming(why, 'backoff')
      this.#backoff.set(ready)
      return this.#setTimer()
    }
    this.#incoming(why, 'active')
    this.#active.set(ready)
    this.#wake.resolve()
  }

  #setTimer(): void {
    this.#timer?.cancel()
    const first = this.#backoff.peek()
    if (first) this.#timer = this.#clock.after(first.retryAtMs - this.#clock.now(), () => this.#flushBackoff())
  }

  #flushBackoff(): void {
    const nowMs = this.#clock.now()
    for (let item = this.#backoff.peek(); item && item.retryAtMs <= nowMs; item = this.#backoff.peek()) {
      this.#backoff.pop()
      this.#enter(item, backoffComplete)
    }
    this.#setTimer()
  }
}
