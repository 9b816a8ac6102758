// Admission charges a quota before the object is written. Between the two the object is missing from every cache: who counts then, and
// believes it, gives back what is in use, and the limit is exceeded. So less is only believed of quotas that nobody has charged for a
// while. That while always comes: a quota that is used up is not charged any more.
// A write that fails leaves its charge: some time after the last one, a quota is counted again.
import { keyOf } from '../../api/object.ts'
import type { ResourceQuota, ResourceQuotaStatus } from '../../api/core/v1.ts'
import { quantities } from '../../api/core/pod-quantities.ts'
import { toObject } from '../../api/quota/resource-list.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import type { Informer } from '../../client/informers/informer.ts'
import type { Clock, Timer } from '../../util/clock.ts'
import type { Watch } from '../framework/controller.ts'

/** Far longer than a write takes from its charge until caches have seen it. */
export const quietMs = 1000
/** From the last charge to the recount. */
const recountMs = 5000

export class Charges {
  readonly #clock: Pick<Clock, 'after' | 'monotonic'>
  /** Quotas whose use has changed within {@link recountMs}, and when. */
  readonly #recent = new Map<string, { readonly atMs: number; readonly timer: Timer }>()

  constructor(clock: Pick<Clock, 'after' | 'monotonic'>) {
    this.#clock = clock
  }

  /** Follows the quotas, and enqueues each some time after its use was last changed. */
  watch(quotas: Informer<ResourceQuota>): Watch {
    return {
      start: (enqueue) => {
        const stop = quotas.addHandler({
          update: (old, quota) => {
            if (!semanticEqual(old.status?.used, quota.status?.used)) this.#note(keyOf(quota), enqueue)
          },
          delete: (quota) => this.#forget(keyOf(quota)),
        })
        return () => {
          stop()
          for (const key of this.#recent.keys()) this.#forget(key)
        }
      },
    }
  }

  isQuiet(key: string): boolean {
    const recent = this.#recent.get(key)
    return !recent || this.#clock.monotonic() - recent.atMs >= quietMs
  }

  #note(key: string, enqueue: (key: string) => void): void {
    this.#forget(key)
    const timer = this.#clock.after(recountMs, () => {
      this.#recent.delete(key)
      enqueue(key)
    })
    this.#recent.set(key, { atMs: this.#clock.monotonic(), timer })
  }

  #forget(key: string): void {
    this.#recent.get(key)?.timer.cancel()
    this.#recent.delete(key)
  }
}

/** What was counted, but nothing less than what the quota says already. @returns undefined when that changes nothing */
export function withoutLess(counted: ResourceQuotaStatus, { status }: ResourceQuota): ResourceQuotaStatus | undefined {
  const used = quantities(counted.used)
  for (const [name, before] of quantities(status?.used)) {
    const now = used.get(name)
    if (now && now.compare(before) < 0) used.set(name, before)
  }
  const cautious: ResourceQuotaStatus = { hard: counted.hard ?? {}, used: toObject(used) }
  return semanticEqual(cautious.hard, status?.hard) && semanticEqual(cautious.used, status?.used) ? undefined : cautious
}
