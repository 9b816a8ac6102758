import { DecodeError } from '../codec.ts'
import { integerToJson } from '../raw-json.ts'
import type { JsonValue } from '../../json-value.ts'

/** How a field is laid out on the wire. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const

const varintBytesMax = 10

/** Reads one message; the messages within share the buffer. All errors are upstream's. */
export class Reader {
  readonly #bytes: Buffer
  #at: number
  readonly #end: number

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  /** Field number and wire type. @throws {DecodeError} */
  tag(message: string): { number: number; type: number } {
    const tag = this.#varintNumber()
    const number = Math.floor(tag / 8)
    const type = tag % 8
    if (type === wireType.endGroup) throw new DecodeError(`proto: ${message}: wiretype end group for non-group`)
    if (number <= 0 || number > 0x7fffffff) throw new DecodeError(`proto: ${message}: illegal tag ${number} (wire type ${type})`)
    return { number, type }
  }

  bool(): boolean {
    return Number(this.#varint()) !== 0
  }

  int32(): number {
    const value = this.#varint()
    return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value))
  }

  int64(): JsonValue {
    const value = this.#varint()
    return typeof value === 'number' ? value : integerToJson(BigInt.asIntN(64, value))
  }

  bigint(): bigint {
    return BigInt.asIntN(64, BigInt(this.#varint()))
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  string(): string {
    const [start, end] = this.#span()
    return this.#bytes.toString('utf8', start, end)
  }

  bytes(): Buffer {
    const [start, end] = this.#span()
    return this.#bytes.subarray(start, end)
  }

  message(): Reader {
    const [start, end] = this.#span()
    return new Reader(this.#bytes, start, end)
  }

  skip(type: number): void {
    let depth = 0
    let current = type
    while (true) {
      if (current === wireType.varint) this.#varint()
      else if (current === wireType.fixed64) this.#take(8)
      else if (current === wireType.bytes) this.#span()
      else if (current === wireType.fixed32) this.#take(4)
      else if (current === wireType.startGroup) depth++
      else if (current !== wireType.endGroup || --depth < 0) throw new DecodeError(`proto: illegal wireType ${current}`)
      if (depth === 0) return
      current = this.#varintNumber() % 8
    }
  }

  #span(): [number, number] {
    const length = this.#varintNumber()
    const start = this.#take(length)
    return [start, start + length]
  }

  #take(size: number): number {
    const start = this.#at
    if (size > this.#end - start) throw new DecodeError('unexpected EOF')
    this.#at += size
    return start
  }

  /** For lengths and tags; anything beyond 2^53 is too long anyway. */
  #varintNumber(): number {
    const first = this.#at < this.#end ? this.#bytes[this.#at]! : 0x80
    if (first < 0x80) {
      this.#at++
      return first
    }
    return Number(this.#varint())
  }

  /** A number up to 49 bits, unsigned; a bigint of 64 bits beyond. */
  #varint(): number | bigint {
    let low = 0
    let scale = 1
    for (let i = 0; i < 7; i++, scale *= 0x80) {
      const byte = this.#bytes[this.#take(1)]!
      low += (byte & 0x7f) * scale
      if (byte < 0x80) return low
    }
    let value = BigInt(low)
    for (let i = 7; i < varintBytesMax; i++) {
      const byte = this.#bytes[this.#take(1)]!
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new DecodeError('proto: integer overflow')
  }
}

/** The same bytes as a Buffer; nothing is copied. */
export const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
