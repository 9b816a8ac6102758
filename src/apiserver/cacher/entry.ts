// One stored object as the watch cache holds it: the store's own bytes, and the few values that selectors need.
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { isEnveloped } from '../../apimachinery/codec/protobuf/envelope.ts'
import { Ring } from '../../util/ring.ts'
import type { Labels } from '../../apimachinery/labels/requirement.ts'

/** What selectors look at, read once when the object arrives. */
export interface Traits {
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  /** Values of the resource's own field selector keys, in their order; undefined: it has none. */
  readonly fields: readonly string[] | undefined
}

const uidMember = Buffer.from('"uid":"')
/** Reserved by upstream for values that a provider of encryption at rest has written. */
const encryptedPrefix = Buffer.from('k8s:enc:')
const quote = 0x22
const brace = 0x7b
const newline = 0x0a

/** Shared by the many objects without labels. */
export const noLabels: Labels = {}

/**
 * Where `,"resourceVersion":"7"` belongs in a stored object: behind metadata.uid, as Go orders the fields. A stored object
 * begins with kind, apiVersion and metadata, and a quote inside a JSON string is escaped, so the first match is the right one.
 */
function resourceVersionOffset(value: Buffer): number {
  const at = value.indexOf(uidMember)
  if (at < 0) throw new Error(value.indexOf(encryptedPrefix) === 0 ? 'identity transformer tried to read encrypted data' : 'stored object has no metadata.uid')
  return value.indexOf(quote, at + uidMember.length) + 1
}

/** Shares everything but metadata, where the member comes behind the uid, as in the bytes. */
function withResourceVersion(object: JsonObject, revision: number): JsonObject {
  const metadata: JsonObject = {}
  for (const [key, value] of Object.entries(object['metadata'] as JsonObject)) {
    metadata[key] = value
    if (key === 'uid') metadata['resourceVersion'] = String(revision)
  }
  return { ...object, metadata }
}

/** Larger answers are put together each time. */
const askedBytesMax = 16 * 1024
/** Entries whose answers are kept: a megabyte at most. */
const asked = new Ring<Entry>(64, (entry) => entry.forgetBytes())

/** How a resource's objects are read. */
export interface EntryReader {
  readonly decode: (json: string) => JsonObject
  readonly traitsOf: (object: JsonObject) => Traits
  /** The stored JSON of an object that another server has stored in protobuf, as upstream does by default. Left out: there are none. */
  readonly fromProtobuf?: (value: Uint8Array) => Buffer
}

/** Immutable. The stored bytes are the store's own, shared by all readers: they must not be changed. */
export class Entry {
  readonly key: string
  readonly revision: number
  readonly #value: Buffer
  /** Where the resourceVersion goes. */
  readonly #at: number
  readonly #reader: EntryReader
  #traits: Traits | undefined
  #object: WeakRef<JsonObject> | undefined
  /** What the value decodes to, while it is kept. */
  #kept: JsonObject | undefined
  /** {@link bytes} have been asked for. */
  #isAsked = false
  #bytes: Buffer | undefined
  #protobuf: Uint8Array | undefined

  private constructor(key: string, revision: number, value: Buffer, at: number, reader: EntryReader, traits: Traits | undefined) {
    this.key = key
    this.revision = revision
    this.#value = value
    this.#at = at
    this.#reader = reader
    this.#traits = traits
  }

  /**
   * @param value the stored JSON, without resourceVersion; or protobuf in its envelope
   * @param known what `value` decodes to, when the caller has it: saves decoding
   */
  static fromStored(key: string, value: Uint8Array, revision: number, reader: EntryReader, known?: JsonObject): Entry {
    const stored = (value[0] !== brace && isEnveloped(value) && reader.fromProtobuf?.(value)) || Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    // What the caller knows has no resourceVersion: it is good for the traits only.
    return new Entry(key, revision, stored, resourceVersionOffset(stored), reader, known && reader.traitsOf(known))
  }

  /** The same object with another resourceVersion: how a deletion, or leaving a selector, is reported. */
  at(revision: number): Entry {
    return new Entry(this.key, revision, this.#value, this.#at, this.#reader, this.#traits)
  }

  /** Read from the decoded object when first asked for. */
  get traits(): Traits {
    return (this.#traits ??= this.#reader.traitsOf(this.#object?.deref() ?? this.copy()))
  }

  /** The object's canonical JSON in its storage version with its resourceVersion, in three parts, two of them not copied. */
  get parts(): readonly [Buffer, Buffer, Buffer] {
    return [this.#value.subarray(0, this.#at), Buffer.from(this.#member, 'latin1'), this.#value.subarray(this.#at)]
  }

  /** The same JSON and a newline; read only. Those of an object that is asked for again and again are at hand. */
  get bytes(): Buffer {
    if (this.#bytes) return this.#bytes
    const bytes = this.#wholeBytes()
    if (this.#isAsked && bytes.length <= askedBytesMax) {
      this.#bytes = bytes
      asked.add(this)
    }
    this.#isAsked = true
    return bytes
  }

  forgetBytes(): void {
    this.#bytes = undefined
  }

  #wholeBytes(): Buffer {
    const member = this.#member
    const bytes = Buffer.allocUnsafe(this.byteLength + 1)
    this.#value.copy(bytes, 0, 0, this.#at)
    bytes.write(member, this.#at, 'latin1')
    this.#value.copy(bytes, this.#at + member.length, this.#at)
    bytes[bytes.length - 1] = newline
    return bytes
  }

  /** Of the JSON. */
  get byteLength(): number {
    return this.#value.length + this.#member.length
  }

  get #member(): string {
    return `,"resourceVersion":"${this.revision}"`
  }

  /** The decoded object, shared: read only. Decoded again when it has been collected since. */
  object(): Readonly<JsonObject> {
    const known = this.#object?.deref()
    if (known) return known
    const object = this.#kept ? withResourceVersion(this.#kept, this.revision) : this.copy()
    this.#object = new WeakRef(object)
    return object
  }

  /** Saves decoding until {@link forget}. @param object what the value decodes to, without resourceVersion; read only from here on */
  keep(object: JsonObject): void {
    this.#kept = object
  }

  forget(): void {
    this.#kept = undefined
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
    const at = this.#at
    return this.#reader.decode(this.#value.toString('utf8', 0, at) + this.#member + this.#value.toString('utf8', at))
  }
}
