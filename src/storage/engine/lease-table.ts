import type { Clock, Timer } from '../../util/clock.ts'
import type { Entry, Lease } from './log.ts'

interface Granted {
  readonly lease: Lease
  /** Keys whose newest visible value hangs on this lease. */
  readonly keys: Set<string>
  timer: Timer | undefined
}

/** Leases with their keys and timers. A lease that runs out is reported once; ending it is the owner's task. */
export class LeaseTable {
  readonly #granted = new Map<number, Granted>()
  readonly #clock: Clock
  readonly #onExpired: (leaseId: number) => void

  constructor(clock: Clock, onExpired: (leaseId: number) => void) {
    this.#clock = clock
    this.#onExpired = onExpired
  }

  has(leaseId: number): boolean {
    return this.#granted.has(leaseId)
  }

  keysOf(leaseId: number): readonly string[] {
    return [...(this.#granted.get(leaseId)?.keys ?? [])]
  }

  /** A clock that was set back does not prolong a lease beyond its time to live. */
  grant(lease: Lease): void {
    const granted: Granted = { lease, keys: new Set(), timer: undefined }
    this.#granted.set(lease.id, granted)
    this.#arm(granted, Math.min(lease.expiresAtMs - this.#clock.now(), lease.ttlSeconds * 1000))
  }

  revoke(leaseId: number): void {
    this.#granted.get(leaseId)?.timer?.cancel()
    this.#granted.delete(leaseId)
  }

  attach(entry: Entry): void {
    if (entry.leaseId !== 0) this.#granted.get(entry.leaseId)?.keys.add(entry.key)
  }

  detach(entry: Entry): void {
    if (entry.leaseId !== 0) this.#granted.get(entry.leaseId)?.keys.delete(entry.key)
  }

  close(): void {
    for (const { timer } of this.#granted.values()) timer?.cancel()
  }

  /** Timers have an upper bound of some weeks; longer leases are armed again. */
  #arm(granted: Granted, leftMs: number): void {
    const endMs = this.#clock.monotonic() + leftMs
    granted.timer = this.#clock.after(leftMs, () => {
      const stillMs = endMs - this.#clock.monotonic()
      if (stillMs > 1) this.#arm(granted, stillMs)
      else this.#onExpired(granted.lease.id)
    })
  }
}
