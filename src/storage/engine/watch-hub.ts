import type { StorageEvent, WatchBatch } from '../storage.ts'
import type { EventWindow } from './event-window.ts'

export interface Watcher {
  readonly prefix: string
  readonly onBatch: (batch: WatchBatch) => void
  readonly onLost?: (() => void) | undefined
  /** Events up to this revision have been delivered, or are not wanted. */
  after: number
  stopped: boolean
}

/**
 * Hands events to the watchers of their prefix. Prefixes that end in `/` are found by cutting the key at its slashes, so that an event
 * costs the depth of its key, however many watchers there are; the few others are tried one by one.
 */
export class WatchHub {
  readonly #byFolder = new Map<string, Set<Watcher>>()
  readonly #others = new Set<Watcher>()

  /** From its revision on, which the window must reach back to. @param revision that everything in the window belongs to */
  join(watcher: Watcher, window: EventWindow, revision: number): void {
    const events = [...window.after(watcher.after)].filter((event) => event.key.startsWith(watcher.prefix))
    if (events.length > 0) deliver(watcher, { events, revision })
    if (!watcher.stopped) this.#add(watcher)
  }

  #add(watcher: Watcher): void {
    if (!watcher.prefix.endsWith('/')) return void this.#others.add(watcher)
    const watchers = this.#byFolder.get(watcher.prefix)
    if (watchers) watchers.add(watcher)
    else this.#byFolder.set(watcher.prefix, new Set([watcher]))
  }

  remove(watcher: Watcher): void {
    watcher.stopped = true
    this.#others.delete(watcher)
    const watchers = this.#byFolder.get(watcher.prefix)
    watchers?.delete(watcher)
    if (watchers?.size === 0) this.#byFolder.delete(watcher.prefix)
  }

  /** @param revision the newest of `events` */
  dispatch(events: readonly StorageEvent[], revision: number): void {
    const batches = new Map<Watcher, StorageEvent[]>()
    const add = (event: StorageEvent, watcher: Watcher) => {
      if (event.revision <= watcher.after) return
      const batch = batches.get(watcher)
      if (batch) batch.push(event)
      else batches.set(watcher, [event])
    }
    for (const event of events) {
      const { key } = event
      for (let slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
        const watchers = this.#byFolder.get(key.slice(0, slash + 1))
        if (watchers) for (const watcher of watchers) add(event, watcher)
      }
      for (const watcher of this.#others) if (key.startsWith(watcher.prefix)) add(event, watcher)
    }
    for (const [watcher, batch] of batches) deliver(watcher, { events: batch, revision })
  }

  /** Tells every watcher how far it has come. */
  progress(revision: number): void {
    for (const watcher of this.#all()) if (watcher.after <= revision) deliver(watcher, { events: [], revision })
  }

  /** Ends all watches, because what comes next cannot be had. */
  lose(): void {
    for (const watcher of this.#all()) {
      if (watcher.stopped) continue
      this.remove(watcher)
      watcher.onLost?.()
    }
  }

  #all(): readonly Watcher[] {
    return [...this.#others, ...[...this.#byFolder.values()].flatMap((watchers) => [...watchers])]
  }
}

/** An earlier watcher's callback may have stopped this one: then it hears nothing more. */
export function deliver(watcher: Watcher, batch: WatchBatch): void {
  if (watcher.stopped) return
  watcher.after = batch.revision
  watcher.onBatch(batch)
}
