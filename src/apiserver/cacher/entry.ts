// One stored object as the watch cache holds it: the bytes that every response shares, and the few values that selectors need.
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { Labels } from '../../apimachinery/labels/selector.ts'

/** What selectors look at, read once when the object arrives. */
export interface Traits {
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  /** Values of the resource's own field selector keys, in their order; undefined: it has none. */
  readonly fields: readonly string[] | undefined
}

const uidMember = Buffer.from('"uid":"')
const quote = 0x22
const newline = 0x0a

/** Shared by the many objects without labels. */
export const noLabels: Labels = {}

/**
 * Where `,"resourceVersion":"7"` belongs in a stored object: behind metadata.uid, as Go orders the fields. A stored object
 * begins with kind, apiVersion and metadata, and a quote inside a JSON string is escaped, so the first match is the right one.
 */
function resourceVersionOffset(value: Buffer): number {
  const at = value.indexOf(uidMember)
  if (at < 0) throw new Error('stored object has no metadata.uid')
  return value.indexOf(quote, at + uidMember.length) + 1
}

/** Immutable. `bytes` is shared by all readers and must not be changed. */
export class Entry {
  readonly key: string
  readonly revision: number
  readonly traits: Traits
  /** The object's canonical JSON in its storage version with its resourceVersion, and a newline. */
  readonly bytes: Buffer
  readonly #valueStart: number
  readonly #decode: (json: string) => JsonObject
  #object: WeakRef<JsonObject> | undefined
  #protobuf: Uint8Array | undefined

  private constructor(key: string, revision: number, traits: Traits, bytes: Buffer, valueStart: number, decode: (json: string) => JsonObject) {
    this.key = key
    this.revision = revision
    this.traits = traits
    this.bytes = bytes
    this.#valueStart = valueStart
    this.#decode = decode
  }

  /**
   * @param value the stored JSON, without resourceVersion
   * @param traitsOf reads the traits of the decoded object
   * @param known what `value` decodes to, when the caller has it: saves decoding
   */
  static fromStored(
    key: string,
    value: Uint8Array,
    revision: number,
    decode: (json: string) => JsonObject,
    traitsOf: (object: JsonObject) => Traits,
    known?: JsonObject,
  ): Entry {
    const stored = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    const at = resourceVersionOffset(stored)
    const member = `,"resourceVersion":"${revision}"`
    const bytes = Buffer.allocUnsafeSlow(stored.length + member.length + 1)
    stored.copy(bytes, 0, 0, at)
    bytes.write(member, at, 'latin1')
    stored.copy(bytes, at + member.length, at)
    bytes[bytes.length - 1] = newline
    const object = known ?? decode(bytes.toString('utf8'))
    const entry = new Entry(key, revision, traitsOf(object), bytes, at + member.length - 1 - String(revision).length, decode)
    // What the caller knows has no resourceVersion: it is good for the traits only.
    if (!known) entry.#object = new WeakRef(object)
    return entry
  }

  /** The same object with another resourceVersion: how a deletion, or leaving a selector, is reported. */
  at(revision: number): Entry {
    const old = String(this.revision)
    const digits = Buffer.from(String(revision))
    const bytes = Buffer.concat([this.bytes.subarray(0, this.#valueStart), digits, this.bytes.subarray(this.#valueStart + old.length)])
    return new Entry(this.key, revision, this.traits, bytes, this.#valueStart, this.#decode)
  }

  /** The JSON without its newline. */
  get json(): Buffer {
    return this.bytes.subarray(0, -1)
  }

  /** The decoded object, shared: read only. Decoded again when it has been collected since. */
  object(): Readonly<JsonObject> {
    const known = this.#object?.deref()
    if (known) return known
    const object = this.copy()
    this.#object = new WeakRef(object)
    return object
  }

  /**
   * The object as a protobuf message of its storage version: made once, when a client first wants it, and kept. It is about
   * half as long as the JSON.
   */
  protobuf(encode: (object: JsonObject) => Uint8Array): Uint8Array {
    return (this.#protobuf ??= encode(this.copy()))
  }

  /** The decoded object, the caller's own. */
  copy(): JsonObject {
    return this.#decode(this.bytes.toString('utf8'))
  }
}
