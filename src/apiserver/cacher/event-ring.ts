// The recent past of one resource, in revision order, bounded in bytes. Watchers do not queue events of their own: each has a
// position in this ring. One that falls off its end has been too slow and is closed.
import type { Entry } from './entry.ts'

/** One change. `current` is undefined for a deletion, `previous` for a creation. */
export class CacheEvent {
  readonly revision: number
  readonly current: Entry | undefined
  readonly previous: Entry | undefined
  #left: Entry | undefined
  /** Wire frames by format and type, made once and sent to every watcher as the same buffer. See {@link FrameCache}. */
  frames: Map<string, Buffer> | undefined

  constructor(revision: number, current: Entry | undefined, previous: Entry | undefined) {
    this.revision = revision
    this.current = current
    this.previous = previous
  }

  /** The last known state with this event's resourceVersion: what a DELETED event carries. */
  left(): Entry {
    this.#left ??= this.previous!.at(this.revision)
    return this.#left
  }

  get bytes(): number {
    return (this.current?.byteLength ?? 0) + (this.previous?.byteLength ?? 0) + eventOverheadBytes
  }
}

/** About what the objects around the JSON take. */
const eventOverheadBytes = 400

export class EventRing {
  readonly #bytesMax: number
  /** Events from `#first` on, oldest first; the front is trimmed in steps. */
  #events: CacheEvent[] = []
  #head = 0
  #bytes = 0
  /** Sequence number of the event at `#head`. Sequence numbers never repeat. */
  #first = 0
  /** Everything after this revision is in the ring. */
  #since: number

  constructor(bytesMax: number, since: number) {
    this.#bytesMax = bytesMax
    this.#since = since
  }

  /** The sequence number that the next event will have. */
  get end(): number {
    return this.#first + this.#events.length - this.#head
  }

  /** Sequence number of the oldest event. */
  get start(): number {
    return this.#first
  }

  /** Events after this revision are all here; older ones may be gone. */
  get since(): number {
    return this.#since
  }

  push(event: CacheEvent): void {
    this.#events.push(event)
    this.#bytes += event.bytes
    while (this.#bytes > this.#bytesMax && this.#events.length - this.#head > 1) this.#drop()
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
  }

  #drop(): void {
    const oldest = this.#events[this.#head]!
    this.#events[this.#head] = undefined as never
    this.#head++
    this.#first++
    this.#bytes -= oldest.bytes
    this.#since = oldest.revision
  }

  /** @returns undefined for a position that has fallen off, or that is not reached yet */
  at(sequence: number): CacheEvent | undefined {
    return this.#events[this.#head + sequence - this.#first]
  }

  /** The position of the first event after `revision`. */
  after(revision: number): number {
    let low = this.#head
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#events[middle]!.revision > revision) high = middle
      else low = middle + 1
    }
    return this.#first + low - this.#head
  }
}

/** Bounds the memory that frames kept on events take: the oldest go first and are made again if someone still needs them. */
export class FrameCache {
  readonly #bytesMax: number
  readonly #kept: { event: CacheEvent; bytes: number }[] = []
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get(event: CacheEvent, key: string, make: () => Buffer): Buffer {
    const known = event.frames?.get(key)
    if (known) return known
    const frame = make()
    event.frames ??= new Map()
    event.frames.set(key, frame)
    this.#kept.push({ event, bytes: frame.length })
    this.#bytes += frame.length
    while (this.#bytes > this.#bytesMax && this.#kept.length > 1) {
      const oldest = this.#kept.shift()!
      oldest.event.frames = undefined
      this.#bytes -= oldest.bytes
    }
    return frame
  }
}
