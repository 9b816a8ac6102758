// Store leases for objects that expire (events), shared so that a burst of objects takes one lease.
// Source: k8s.io/apiserver pkg/storage/etcd3/lease_manager.go.
import type { Storage } from '../../../storage/storage.ts'
import type { Clock } from '../../../util/clock.ts'

/** How long one lease is handed out; objects live at most so much longer than asked. */
const reuseSeconds = 60
const objectsPerLeaseMax = 1000

export class LeasePool {
  readonly #storage: Pick<Storage, 'grantLease'>
  readonly #clock: Clock
  readonly #ttlSeconds: number
  #current: { id: Promise<number>; untilMs: number; objects: number } | undefined

  constructor(storage: Pick<Storage, 'grantLease'>, clock: Clock, ttlSeconds: number) {
    this.#storage = storage
    this.#clock = clock
    this.#ttlSeconds = ttlSeconds
  }

  lease(): Promise<number> {
    const now = this.#clock.monotonic()
    if (!this.#current || this.#current.untilMs < now || this.#current.objects >= objectsPerLeaseMax) {
      const id = this.#storage.grantLease(this.#ttlSeconds + reuseSeconds)
      const lease = { id, untilMs: now + reuseSeconds * 1000, objects: 0 }
      this.#current = lease
      id.catch(() => {
        if (this.#current === lease) this.#current = undefined
      })
    }
    this.#current.objects++
    return this.#current.id
  }
}
