// Admission charges a quota before the object is written, and a write that then fails leaves the charge. So when a quota has been
// charged, and nothing has changed it for a while, it is counted again: what came to nothing is given back.
import { keyOf } from '../../api/object.ts'
import type { ResourceQuota } from '../../api/core/v1.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import type { Informer } from '../../client/informers/informer.ts'
import type { Clock, Timer } from '../../util/clock.ts'
import type { Watch } from '../framework/controller.ts'

/** Far longer than a write takes after its charge, so that what is under way is not given back. */
const quietMs = 5000

/** Enqueues quotas some time after their use was last changed. At most one timer a quota. */
export function settledCharges(quotas: Informer<ResourceQuota>, clock: Pick<Clock, 'after'>): Watch {
  return {
    start(enqueue) {
      const timers = new Map<string, Timer>()
      const forget = (key: string) => {
        timers.get(key)?.cancel()
        timers.delete(key)
      }
      const stop = quotas.addHandler({
        update(old, quota) {
          if (semanticEqual(old.status?.used, quota.status?.used)) return
          const key = keyOf(quota)
          forget(key)
          timers.set(
            key,
            clock.after(quietMs, () => {
              timers.delete(key)
              enqueue(key)
            }),
          )
        },
        delete: (quota) => forget(keyOf(quota)),
      })
      return () => {
        stop()
        for (const key of timers.keys()) forget(key)
      }
    },
  }
}
