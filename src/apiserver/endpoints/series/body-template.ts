// Request bodies that are the same but for the name of the object in them.
import { isDns1123Label } from '../../../apimachinery/validation/names.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'

/** Names that pass every rule for names of objects, and mean themselves in JSON and in protobuf. */
const isPlain = (name: string) => isDns1123Label(name).length === 0
const labelBytesMax = 63

/** Where the name is. */
interface Hole {
  readonly start: number
  readonly bytes: number
}

export class BodyTemplate {
  readonly #body: Buffer
  /** undefined: the body names nothing (it has a generateName), and only the same body is like it. */
  readonly #hole: Hole | undefined
  /** Lengths are told within the body. */
  readonly #isFixedLength: boolean

  private constructor(body: Buffer, hole: Hole | undefined, isFixedLength: boolean) {
    this.#body = body
    this.#hole = hole
    this.#isFixedLength = isFixedLength
  }

  /**
   * @param name that the object has in the body; '': none
   * @returns undefined when it cannot be told where that is
   */
  static of(body: Buffer, name: string, format: 'json' | 'protobuf'): BodyTemplate | undefined {
    const isFixedLength = format === 'protobuf'
    if (name === '') return new BodyTemplate(Buffer.from(body), undefined, isFixedLength)
    if (!isPlain(name)) return undefined
    const quoted = isFixedLength ? name : `"${name}"`
    const found = body.indexOf(quoted)
    if (found < 0 || body.includes(quoted, found + 1)) return undefined
    return new BodyTemplate(Buffer.from(body), { start: isFixedLength ? found : found + 1, bytes: name.length }, isFixedLength)
  }

  /** The name in a body like this one, '' if bodies like this one have none; undefined: the body is another. */
  nameIn(body: Buffer): string | undefined {
    if (!this.#hole) return body.equals(this.#body) ? '' : undefined
    const { start, bytes } = this.#hole
    const nameBytes = bytes + body.length - this.#body.length
    if (nameBytes < 1 || nameBytes > labelBytesMax || (this.#isFixedLength && nameBytes !== bytes)) return undefined
    if (body.compare(this.#body, start + bytes, this.#body.length, start + nameBytes) !== 0 || body.compare(this.#body, 0, start, 0, start) !== 0)
      return undefined
    const name = body.toString('latin1', start, start + nameBytes)
    return isPlain(name) ? name : undefined
  }

  /**
   * Whether another name in the same place names the object, and changes nothing else.
   * @param parse a body of this form; may throw, and then it does not hold
   */
  holds(parse: (body: Buffer) => JsonObject): boolean {
    try {
      return !this.#hole || this.#namesOnly(this.#hole, parse)
    } catch {
      return false
    }
  }

  #namesOnly({ start, bytes }: Hole, parse: (body: Buffer) => JsonObject): boolean {
    const original = parse(this.#body)
    const name = this.#body.toString('latin1', start, start + bytes)
    // As long, and no name that anybody has.
    const other = 'z'.repeat(bytes) === name ? 'y'.repeat(bytes) : 'z'.repeat(bytes)
    const changed = parse(Buffer.concat([this.#body.subarray(0, start), Buffer.from(other), this.#body.subarray(start + bytes)]))
    const metadata = changed['metadata'] as JsonObject | undefined
    if (metadata?.['name'] !== other) return false
    metadata['name'] = name
    return JSON.stringify(changed) === JSON.stringify(original)
  }
}
