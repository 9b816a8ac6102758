// Drops history that nobody may ask for any more: what was current five minutes ago is the oldest state that stays readable.
// Source: k8s.io/apiserver pkg/storage/etcd3/compact.go.
import type { Storage } from '../../storage/storage.ts'
import type { Clock } from '../../util/clock.ts'

/** Upstream's --etcd-compaction-interval. */
const intervalMs = 5 * 60_000

/** Runs until `signal` aborts. @param onError a failed compaction is tried again at the next turn */
export async function runCompactor(
  storage: Pick<Storage, 'currentRevision' | 'compact'>,
  clock: Clock,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  let previous = 0
  while (!signal.aborted) {
    try {
      await clock.sleep(intervalMs, signal)
    } catch {
      return
    }
    try {
      const current = await storage.currentRevision()
      if (previous > 0) await storage.compact(previous)
      previous = current
    } catch (error) {
      onError(error)
    }
  }
}
