// Stored objects that are the same but for what makes each of them another: name, uid, and the time.
import type { Codec } from '../../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { Entry } from '../../cacher/entry.ts'

/** What differs between the objects of a series. */
export interface Distinct {
  readonly name: string
  readonly uid: string
  /** metadata.creationTimestamp. */
  readonly created: string
  /** Times of metadata.managedFields. */
  readonly managed: string
}

type Hole = keyof Distinct

/** Characters for private use stand for what is to be filled in. An object that has them itself is in no series. */
const marks: { readonly [H in Hole]: string } = { name: '\ue000', uid: '\ue001', created: '\ue002', managed: '\ue003' }
const anyMark = /[\ue000-\ue003]/u
const holes = new Map(Object.entries(marks).map(([hole, mark]) => [mark, hole as Hole]))

const distinctOf = ({ metadata }: KubeObject): Distinct => ({
  name: metadata.name,
  uid: metadata.uid,
  created: metadata.creationTimestamp ?? '',
  managed: metadata.managedFields?.[0]?.time ?? '',
})

/** Shares everything else with `object`. */
function withDistinct(object: KubeObject, { name, uid, created, managed }: Distinct): KubeObject {
  const { managedFields } = object.metadata
  return {
    ...object,
    metadata: {
      ...object.metadata,
      name,
      uid,
      creationTimestamp: created,
      ...(managedFields ? { managedFields: managedFields.map((entry) => ({ ...entry, time: managed })) } : {}),
    },
  }
}

/** The bytes of an entry without its resourceVersion, as they are stored. */
function storedBytes(entry: Entry): Buffer {
  const [head, , tail] = entry.parts
  return Buffer.concat([head, tail])
}

export class StoredTemplate {
  readonly #object: KubeObject
  /** What stands before each hole, and after the last. */
  readonly #pieces: readonly Buffer[]
  readonly #holes: readonly Hole[]

  private constructor(object: KubeObject, pieces: readonly Buffer[], filled: readonly Hole[]) {
    this.#object = object
    this.#pieces = pieces
    this.#holes = filled
  }

  /** @returns undefined when objects like this one cannot be made so */
  static of(codec: Codec, entry: Entry): StoredTemplate | undefined {
    const object = entry.copy() as unknown as KubeObject
    const { resourceVersion: _own, ...metadata } = object.metadata
    const stored = { ...object, metadata } as KubeObject
    const text = codec.encodeJson(withDistinct(stored, marks) as unknown as JsonObject)
    const parts = text.split(new RegExp(anyMark, 'gu'))
    const found = Array.from(text.matchAll(new RegExp(anyMark, 'gu')), ([mark]) => holes.get(mark)!)
    const expected = 3 + (stored.metadata.managedFields?.length ?? 0)
    if (found.length !== expected) return undefined
    const template = new StoredTemplate(
      stored,
      parts.map((part) => Buffer.from(part)),
      found,
    )
    const distinct = distinctOf(stored)
    // A time that stands anywhere else would have to be the new one's.
    const rest = parts.join('')
    return [distinct.created, distinct.managed, distinct.uid].some((value) => value !== '' && rest.includes(value)) ? undefined : template
  }

  /** Whether an object is as this template makes them: byte by byte. */
  makes(entry: Entry): boolean {
    return this.make(distinctOf(entry.object() as unknown as KubeObject)).value.equals(storedBytes(entry))
  }

  /** @returns the next object, which shares with all others of its series, and its canonical JSON */
  make(distinct: Distinct): { readonly object: KubeObject; readonly value: Buffer } {
    const pieces = this.#pieces
    let bytes = 0
    for (const piece of pieces) bytes += piece.length
    for (const hole of this.#holes) bytes += distinct[hole].length
    const value = Buffer.allocUnsafeSlow(bytes)
    let at = 0
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i]!
      value.set(piece, at)
      at += piece.length
      const hole = this.#holes[i]
      if (hole !== undefined) at += value.write(distinct[hole], at, 'latin1')
    }
    return { object: withDistinct(this.#object, distinct), value }
  }

  get object(): KubeObject {
    return this.#object
  }
}
