// When those who work through the objects of a list let others have their turn.
import type { Entry } from '../cacher/entry.ts'

/** Some 10 ms of decoding and encoding for pods, and for one large ConfigMap. */
const objectsMax = 100
const bytesMax = 256 * 1024

export class ListTurns {
  #objects = 0
  #bytes = 0

  /** @param entry has just been decoded or encoded @returns whether it is time for a turn of the event loop */
  isDueAfter({ byteLength }: Pick<Entry, 'byteLength'>): boolean {
    this.#objects++
    this.#bytes += byteLength
    if (this.#objects < objectsMax && this.#bytes < bytesMax) return false
    this.#objects = 0
    this.#bytes = 0
    return true
  }
}
