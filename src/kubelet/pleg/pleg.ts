// The pod lifecycle event generator: turns the runtime's states into "look at this pod again".
//
// A relist each second asks for two cheap lists and compares them with the previous ones; only pods that differ are
// inspected. After its own actions a pod worker calls refresh(), so its changes are seen at once. Runtimes with
// GetContainerEvents report changes as they happen, and relists become a safety net. Nothing is lost when an event is:
// the next relist compares states, not events.
//
// Questions to the runtime overlap: a relist may still go through its lists while a worker has started a container and asked
// again. What was asked later is newer, whenever the answers come, and is never replaced by what was asked before.

import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import { isUnimplemented } from '../../cri/errors.ts'
import type { Clock } from '../../util/clock.ts'
import { podUidLabel } from '../runtime/labels.ts'
import type { PodInspector, PodListing } from '../runtime/pod-inspector.ts'
import { absentPod, type RuntimePod } from '../runtime/runtime-pod.ts'

/** Upstream's relist period without and with an event stream. */
const relistMs = 1_000
const relistMsWithEvents = 300_000
/** A relist older than this makes the node NotReady: "PLEG is not healthy". */
const relistAgeMsMax = 3 * 60_000
const reopenStreamMs = 5_000

export interface PlegOptions {
  readonly inspector: PodInspector
  readonly runtime: Pick<RuntimeClient, 'getContainerEvents'>
  readonly clock: Clock
  readonly logger: Logger
  /** Called after the cache was updated, for each pod that changed. */
  readonly changed: (uid: string) => void
}

export class Pleg {
  readonly #options: PlegOptions
  readonly #pods = new Map<string, RuntimePod>()
  /** When what is known of each pod was asked, by {@link #asked}. */
  readonly #askedAt = new Map<string, number>()
  /** Counts questions to the runtime. */
  #asked = 0
  /** What the last relist saw of each pod, as one string. */
  #seen = new Map<string, string>()
  #relistedAtMs = 0
  #evented = false
  readonly #synced = Promise.withResolvers<void>()

  constructor(options: PlegOptions) {
    this.#options = options
  }

  /** Last known state. Complete after {@link synced}. */
  get(uid: string): RuntimePod {
    return this.#pods.get(uid) ?? absentPod(uid)
  }

  /** Every pod the runtime has anything of. */
  all(): readonly RuntimePod[] {
    return [...this.#pods.values()]
  }

  /** Resolves after the first complete relist. */
  get synced(): Promise<void> {
    return this.#synced.promise
  }

  /** Undefined when healthy, else the sentence for the node's Ready condition. */
  unhealthy(): string | undefined {
    if (this.#relistedAtMs === 0) return 'PLEG is not healthy: pleg has yet to be successful'
    const ageMs = this.#options.clock.monotonic() - this.#relistedAtMs
    const limitMs = this.#evented ? 2 * relistMsWithEvents : relistAgeMsMax
    return ageMs > limitMs ? `PLEG is not healthy: pleg was last seen active ${Math.round(ageMs / 1000)}s ago; threshold is ${limitMs / 60_000}m0s` : undefined
  }

  /** Asks the runtime about one pod now. @returns what is known then: this answer, or that to a later question */
  async refresh(uid: string): Promise<RuntimePod> {
    const asked = ++this.#asked
    this.#store(await this.#options.inspector.inspect(uid), asked)
    return this.get(uid)
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#relistLoop(signal), this.#eventLoop(signal)])
  }

  async #relistLoop(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options
    while (!signal.aborted) {
      await this.relist().catch((error: unknown) => logger.error('Relist failed', error))
      await clock.sleep(this.#evented ? relistMsWithEvents : relistMs, signal).catch(() => {})
    }
  }

  /** One comparison of everything. */
  async relist(): Promise<void> {
    const { inspector, clock, changed } = this.#options
    const asked = ++this.#asked
    const listings = await inspector.list()
    const seen = new Map([...listings].map(([uid, listing]) => [uid, fingerprint(listing)]))
    for (const [uid, listing] of listings) {
      if (this.#seen.get(uid) === seen.get(uid)) continue
      this.#store(await inspector.inspect(uid, listing), asked)
      this.#seen.set(uid, seen.get(uid)!)
      changed(uid)
    }
    for (const uid of [...this.#seen.keys()].filter((uid) => !listings.has(uid))) {
      await this.refresh(uid)
      this.#seen.delete(uid)
      changed(uid)
    }
    for (const [uid, at] of this.#askedAt) if (at <= asked && !this.#pods.has(uid)) this.#askedAt.delete(uid)
    this.#relistedAtMs = clock.monotonic()
    this.#synced.resolve()
  }

  async #eventLoop(signal: AbortSignal): Promise<void> {
    const { runtime, clock, logger, changed } = this.#options
    while (!signal.aborted) {
      try {
        for await (const event of runtime.getContainerEvents({}, signal)) {
          this.#evented = true
          const uid = event.podSandboxStatus?.labels?.[podUidLabel]
          if (!uid) continue
          await this.refresh(uid)
          changed(uid)
        }
      } catch (error) {
        if (signal.aborted || isUnimplemented(error)) return
        logger.debug('Container event stream ended', { message: String(error) })
      }
      this.#evented = false
      await clock.sleep(reopenStreamMs, signal).catch(() => {})
    }
  }

  #store(pod: RuntimePod, asked: number): void {
    if (asked < (this.#askedAt.get(pod.uid) ?? 0)) return
    this.#askedAt.set(pod.uid, asked)
    if (pod.sandboxes.length + pod.containers.length === 0) this.#pods.delete(pod.uid)
    else this.#pods.set(pod.uid, pod)
  }
}

function fingerprint({ sandboxes, containers }: PodListing): string {
  return [...sandboxes, ...containers]
    .map(({ id, state }) => `${id}=${state}`)
    .toSorted()
    .join()
}
