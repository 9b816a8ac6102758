import type { Clock } from '../../util/clock.ts'

/** Crash loops: 10 s, 20 s, 40 s ... 300 s; forgotten after 10 minutes without a crash. Upstream's MaxContainerBackOff. */
export const crashBackoffMs = { initial: 10_000, max: 300_000 } as const

interface Entry {
  delayMs: number
  updatedAtMs: number
}

/**
 * Doubling delays by key. An entry whose last use lies more than twice the longest delay before the new event starts afresh.
 * @see k8s.io/client-go util/flowcontrol/backoff.go
 */
export class Backoff {
  readonly #clock: Clock
  readonly #delays: { readonly initial: number; readonly max: number }
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock, delaysMs: { readonly initial: number; readonly max: number } = crashBackoffMs) {
    this.#clock = clock
    this.#delays = delaysMs
  }

  /** @returns how long a retry of what happened at `eventMs` must still wait; 0 when it may go ahead */
  remainingMs(key: string, eventMs: number): number {
    const entry = this.#current(key, eventMs)
    return entry ? Math.max(0, eventMs + entry.delayMs - this.#clock.now()) : 0
  }

  /** The delay in force, for messages. */
  delayMs(key: string): number {
    return this.#entries.get(key)?.delayMs ?? 0
  }

  /** Notes a retry: the next one has to wait twice as long. */
  next(key: string, eventMs: number): void {
    const entry = this.#current(key, eventMs)
    const delayMs = entry ? Math.min(entry.delayMs * 2, this.#delays.max) : this.#delays.initial
    this.#entries.set(key, { delayMs, updatedAtMs: this.#clock.now() })
  }

  reset(key: string): void {
    this.#entries.delete(key)
  }

  /** Drops what would start afresh anyway. */
  collect(): void {
    const now = this.#clock.now()
    for (const [key, entry] of this.#entries) if (this.#expired(entry, now)) this.#entries.delete(key)
  }

  #current(key: string, eventMs: number): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry && !this.#expired(entry, eventMs) ? entry : undefined
  }

  #expired({ updatedAtMs }: Entry, eventMs: number): boolean {
    return eventMs - updatedAtMs > this.#delays.max * 2
  }
}

/** `10s`, `1m20s`, `5m0s`: how Go writes a duration of whole seconds. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  const rest = `${minutes % 60}m${seconds % 60}s`
  return minutes < 60 ? rest : `${Math.floor(minutes / 60)}h${rest}`
}
