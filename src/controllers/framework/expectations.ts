// A controller's own writes reach its cache a little later. Until then it must not act on what the cache says, or it would create
// the same pods twice. Expectations count the creations and name the deletions that the cache has yet to show.
// Source: pkg/controller/controller_utils.go.
import type { Clock } from '../../util/clock.ts'

/** An event that never comes must not block a controller for good: after this the cache is believed again. Upstream's value. */
const expiresMs = 5 * 60_000

interface Expected {
  creations: number
  readonly deletions: Set<string>
  readonly sinceMs: number
}

export class Expectations {
  readonly #clock: Clock
  readonly #expected = new Map<string, Expected>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  expectCreations(key: string, count: number): void {
    this.#of(key).creations += count
  }

  /** @param uids of the objects about to be deleted */
  expectDeletions(key: string, uids: readonly string[]): void {
    const { deletions } = this.#of(key)
    for (const uid of uids) deletions.add(uid)
  }

  /** The cache shows a creation, or one that was expected has failed. */
  creationSeen(key: string, count = 1): void {
    const expected = this.#expected.get(key)
    if (expected) expected.creations -= count
  }

  /** The cache shows a deletion (or that it has begun), or one that was expected has failed. */
  deletionSeen(key: string, uid: string): void {
    this.#expected.get(key)?.deletions.delete(uid)
  }

  /** False while own writes are not yet visible in the cache. */
  settled(key: string): boolean {
    const expected = this.#expected.get(key)
    if (!expected) return true
    if (expected.creations > 0 || expected.deletions.size > 0) {
      if (this.#clock.monotonic() - expected.sinceMs < expiresMs) return false
    }
    this.#expected.delete(key)
    return true
  }

  forget(key: string): void {
    this.#expected.delete(key)
  }

  #of(key: string): Expected {
    let expected = this.#expected.get(key)
    if (!expected) {
      expected = { creations: 0, deletions: new Set(), sinceMs: this.#clock.monotonic() }
      this.#expected.set(key, expected)
    }
    return expected
  }
}
