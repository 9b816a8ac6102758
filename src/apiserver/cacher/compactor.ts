// Drops history that nobody may ask for any more: what was current five minutes ago is the oldest state that stays readable.
// Source: k8s.io/apiserver pkg/storage/etcd3/compact.go.
import type { Storage } from '../../storage/storage.ts'
import type { Clock } from '../../util/clock.ts'

/** Upstream's --etcd-compaction-interval. */
const intervalMsDefault = 5 * 60_000

interface CompactorOptions {
  readonly storage: Pick<Storage, 'currentRevision' | 'compact' | 'claimCompaction'>
  /** 0: nothing is ever compacted. Default: 5 minutes. */
  readonly intervalMs: number | undefined
  readonly clock: Clock
  /** A failed compaction is tried again at the next turn. */
  readonly onError: (error: unknown) => void
}

/** Runs until `signal` aborts. Of several servers on one store, one compacts. */
export async function runCompactor({ storage, intervalMs = intervalMsDefault, clock, onError }: CompactorOptions, signal: AbortSignal): Promise<void> {
  if (intervalMs === 0) return
  let previous = 0
  while (!signal.aborted) {
    try {
      await clock.sleep(intervalMs, signal)
    } catch {
      return
    }
    try {
      const current = await storage.currentRevision()
      const isOurs = (await storage.claimCompaction?.(previous)) ?? true
      if (isOurs && previous > 0) await storage.compact(previous)
      previous = current
    } catch (error) {
      onError(error)
    }
  }
}
