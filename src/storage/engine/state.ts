// What readers see: the newest durable value of every key, and a window of recent events. A state of the past, within the window, is the
// present with the events since then undone.

import { compareBytewise, SortedMap } from '../../util/sorted-map.ts'
import type { KeyValue, ListResult } from '../storage.ts'
import { EventWindow } from './event-window.ts'
import type { DeleteOperation, Entry, PutOperation, Snapshot } from './log.ts'

export interface WindowBounds {
  readonly bytesMax: number
  readonly countMax: number
}

export class State {
  readonly #entries = new SortedMap<Entry>()
  readonly window: EventWindow
  #revision: number

  constructor(snapshot: Snapshot, bounds: WindowBounds) {
    this.#revision = snapshot.revision
    this.window = new EventWindow({ floor: snapshot.revision, ...bounds })
    for (const entry of snapshot.entries) this.#entries.set(entry.key, entry)
  }

  get revision(): number {
    return this.#revision
  }

  apply(operation: PutOperation | DeleteOperation): void {
    this.#revision = operation.revision
    if (operation.type === 'put') this.#entries.set(operation.key, operation.current)
    else this.#entries.delete(operation.key)
    this.window.push(operation)
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  count(prefix: string): number {
    return this.#entries.count(prefix)
  }

  list(prefix: string, from: string, limit: number): Omit<ListResult, 'revision'> {
    const total = this.#entries.count(prefix, from)
    const items = take(this.#entries.range(prefix, from), limit)
    return { items, remaining: total - items.length }
  }

  /** @param revision within the window */
  getAt(key: string, revision: number): KeyValue | undefined {
    for (const event of this.window.after(revision)) if (event.key === key) return event.previous
    return this.#entries.get(key)
  }

  /** @param revision within the window */
  listAt(prefix: string, from: string, limit: number, revision: number): Omit<ListResult, 'revision'> {
    const then = new Map<string, KeyValue | undefined>()
    for (const { key, previous } of this.window.after(revision)) {
      if (key.startsWith(prefix) && !then.has(key) && compareBytewise(key, from) >= 0) then.set(key, previous)
    }
    if (then.size === 0) return this.list(prefix, from, limit)
    let total = this.#entries.count(prefix, from)
    const deletedSince: KeyValue[] = []
    for (const [key, previous] of then) {
      const exists = this.#entries.has(key)
      if (exists && !previous) total--
      if (exists || !previous) continue
      total++
      deletedSince.push(previous)
    }
    deletedSince.sort((a, b) => compareBytewise(a.key, b.key))
    const items = take(merge(undo(this.#entries.range(prefix, from), then), deletedSince), limit)
    return { items, remaining: total - items.length }
  }
}

/** @param limit 0: all */
function take<T>(values: Iterable<T>, limit: number): T[] {
  if (limit === 0) return [...values]
  const taken: T[] = []
  for (const value of values) if (taken.push(value) >= limit) break
  return taken
}

function* undo(entries: Iterable<KeyValue>, then: ReadonlyMap<string, KeyValue | undefined>): Generator<KeyValue> {
  for (const entry of entries) {
    const past = then.has(entry.key) ? then.get(entry.key) : entry
    if (past) yield past
  }
}

function* merge(entries: Iterable<KeyValue>, others: readonly KeyValue[]): Generator<KeyValue> {
  let next = 0
  for (const entry of entries) {
    while (next < others.length && compareBytewise(others[next]!.key, entry.key) < 0) yield others[next++]!
    yield entry
  }
  yield* others.slice(next)
}
