import type { Codec } from '../../../apimachinery/codec/codec.ts'
import type { Scope } from '../scope.ts'
import type { ResourceStore } from '../../registry/generic/store.ts'
import { SeriesMemory } from './series-memory.ts'

/** The series of a resource; undefined when its objects come in none. */
export type SeriesOf = (scope: Scope) => SeriesMemory | undefined

/** @param codec of the server whose resources they are */
export function newSeriesOf(codec: Codec): SeriesOf {
  const known = new WeakMap<ResourceStore, SeriesMemory>()
  return ({ store, facts, conversion }) => {
    if (!store.strategy.comesInSeries || conversion) return undefined
    const found = known.get(store)
    if (found) return found
    const series = new SeriesMemory(codec, facts.type)
    known.set(store, series)
    return series
  }
}
