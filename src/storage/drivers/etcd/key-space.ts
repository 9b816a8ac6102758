// Where the store's keys are in etcd, which others may use, too: `/registry/pods/a` is `/elsewhere/pods/a` with --etcd-prefix=/elsewhere.

export interface KeyRange {
  readonly key: Buffer
  /** Exclusive. */
  readonly rangeEnd: Buffer
}

/** Every key there is. */
export const everything: KeyRange = { key: Buffer.from([0]), rangeEnd: Buffer.from([0]) }

export class KeySpace {
  readonly #ours: string
  readonly #theirs: string

  /**
   * @param options.ours what all keys of this store begin with, before a `/`
   * @param options.theirs what stands there in etcd
   */
  constructor({ ours, theirs }: { readonly ours: string; readonly theirs: string }) {
    this.#ours = ours
    this.#theirs = theirs
  }

  /** All keys of this store. */
  get all(): KeyRange {
    return prefixRange(`${this.#theirs}/`)
  }

  /** @throws {RangeError} for a key of another store */
  encode(key: string): Buffer {
    if (!key.startsWith(this.#ours)) throw new RangeError(`key ${JSON.stringify(key)} does not begin with ${JSON.stringify(this.#ours)}`)
    return Buffer.from(this.#theirs + key.slice(this.#ours.length))
  }

  /** @returns undefined for a key of somebody else's */
  decode(key: Buffer): string | undefined {
    const text = key.toString()
    return text.startsWith(`${this.#theirs}/`) ? this.#ours + text.slice(this.#theirs.length) : undefined
  }

  /** Keys with this prefix, from `from` on if that is later. */
  range(prefix: string, from: string): KeyRange {
    const range = prefixRange(this.encode(prefix))
    const key = from === prefix ? range.key : this.encode(from)
    return { key: key.compare(range.key) < 0 ? range.key : key, rangeEnd: range.rangeEnd }
  }
}

/** The end is the prefix with its last byte counted up. A key is UTF-8: no byte of it is the last one, 0xff. */
function prefixRange(prefix: Buffer | string): KeyRange {
  const key = Buffer.from(prefix)
  const rangeEnd = Buffer.from(key)
  rangeEnd[rangeEnd.length - 1]!++
  return { key, rangeEnd }
}
