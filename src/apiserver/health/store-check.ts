// Whether the store answers. Source: k8s.io/apiserver pkg/storage/storagebackend/factory/etcd3.go (newETCD3HealthCheck, newETCD3ReadyCheck).
import type { Storage } from '../../storage/storage.ts'
import type { Clock } from '../../util/clock.ts'
import type { HealthCheck } from './health-checks.ts'

/** @param timeoutMs left out: a store of this process answers or has failed */
export function storeCheck(name: string, storage: Pick<Storage, 'currentRevision'>, clock: Clock, timeoutMs?: number): HealthCheck {
  return {
    name,
    async check() {
      const answer = storage.currentRevision()
      if (timeoutMs === undefined) return void (await answer)
      const { promise: late, reject } = Promise.withResolvers<never>()
      const timer = clock.after(timeoutMs, () => reject(new Error('context deadline exceeded')))
      try {
        await Promise.race([answer, late])
      } finally {
        timer.cancel()
      }
    },
  }
}
