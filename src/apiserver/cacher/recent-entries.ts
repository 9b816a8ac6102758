// Who has written an object often writes it again, and whoever watches it answers with a write of his own: a pod is created, bound, and its
// status told three times within a second. The last ones written stay decoded for that long, and no more of them than cost little memory.
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { Ring } from '../../util/ring.ts'
import type { Entry } from './entry.ts'

/** Some megabytes of usual objects. */
const entriesMax = 128
/** Larger objects are not kept. */
const bytesMax = 32 * 1024

export class RecentEntries {
  readonly #entries = new Ring<Entry>(entriesMax, (entry) => entry.forget())

  /** @param object as of {@link Entry.keep} */
  add(entry: Entry, object: JsonObject): void {
    if (entry.byteLength > bytesMax) return
    entry.keep(object)
    this.#entries.add(entry)
  }
}
