import type { Clock } from '../../../util/clock.ts'
import { Engine } from '../../engine/engine.ts'
import type { WindowBounds } from '../../engine/state.ts'
import type { Storage } from '../../storage.ts'

export interface MemoryStorageOptions {
  readonly clock: Clock
  /** How much history is kept; what leaves it counts as compacted. */
  readonly window?: WindowBounds
}

/** A store that lives and dies with the process. "Durable" is at once; its history is the engine's window. */
export function openMemoryStorage({ clock, window }: MemoryStorageOptions): Storage {
  return new Engine({
    clock,
    ...(window && { window }),
    snapshot: { revision: 1, compactRevision: 0, entries: [], leases: [] },
    log: {
      append: () => Promise.resolve(),
      space: () => ({ bytes: 0, quotaBytes: 0, noSpace: false }),
      close: () => Promise.resolve(),
    },
  })
}
