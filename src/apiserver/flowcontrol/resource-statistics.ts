import type { Clock } from '../../util/clock.ts'
import type { Cacher } from '../cacher/cacher.ts'
import type { RequestInfo } from '../http/api-request.ts'
import type { ResourceStats } from './work-estimator.ts'

/** A size is good for so long; upstream asks its store as often. */
const ageMsMax = 60_000
/** Objects looked at for the average. */
const sampleMax = 64

interface CountedStore {
  readonly prefix: string
  readonly cacher: Pick<Cacher, 'size' | 'range'>
}

/** How many objects a resource has and how large they are, from its watch cache. */
export class ResourceStatistics {
  readonly #storeOf: (id: string) => CountedStore | undefined
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #sizes = new WeakMap<object, { readonly readAtMs: number; readonly averageBytes: number }>()

  /** @param storeOf `group/version/plural` (core: `v1/pods`) -> its store */
  constructor(storeOf: (id: string) => CountedStore | undefined, clock: Pick<Clock, 'monotonic'>) {
    this.#storeOf = storeOf
    this.#clock = clock
  }

  /** undefined: no such resource is stored here. */
  of({ apiGroup, apiVersion, resource, isResourceRequest }: RequestInfo): ResourceStats | undefined {
    const store = isResourceRequest ? this.#storeOf(`${apiGroup ? `${apiGroup}/` : ''}${apiVersion}/${resource}`) : undefined
    return store && { objects: store.cacher.size, averageBytes: this.#averageBytes(store) }
  }

  #averageBytes({ prefix, cacher }: CountedStore): number {
    if (cacher.size === 0) return 0
    const nowMs = this.#clock.monotonic()
    const known = this.#sizes.get(cacher)
    if (known && nowMs - known.readAtMs < ageMsMax) return known.averageBytes
    const entries = cacher.range(prefix)
    const step = Math.max(1, Math.floor(entries.length / sampleMax))
    let bytes = 0
    let count = 0
    for (let i = 0; i < entries.length; i += step, count++) for (const part of entries[i]!.parts) bytes += part.byteLength
    const averageBytes = count === 0 ? 0 : Math.ceil(bytes / count)
    this.#sizes.set(cacher, { readAtMs: nowMs, averageBytes })
    return averageBytes
  }
}
