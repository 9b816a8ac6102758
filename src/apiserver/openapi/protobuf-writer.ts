// The little of protobuf's wire format that the OpenAPI messages need: strings, booleans, numbers and nested messages.

/** A message under construction. Empty strings and false are left out, as proto3 does. */
export class ProtobufMessage {
  readonly #parts: Uint8Array[] = []
  #length = 0

  string(number: number, value: string | undefined): this {
    return value ? this.#bytes(number, Buffer.from(value)) : this
  }

  strings(number: number, values: readonly string[] | undefined): this {
    for (const value of values ?? []) this.#bytes(number, Buffer.from(value))
    return this
  }

  bool(number: number, value: boolean | undefined): this {
    if (value) this.#push(Uint8Array.of(...varint(number << 3), 1))
    return this
  }

  /** One of several that a value may be: written whatever it is. */
  oneOf(number: number, value: string | boolean | number): this {
    if (typeof value === 'string') return this.#bytes(number, Buffer.from(value))
    if (typeof value === 'boolean') this.#push(Uint8Array.of(...varint(number << 3), Number(value)))
    else {
      const bytes = Buffer.alloc(8)
      bytes.writeDoubleLE(value)
      this.#push(Uint8Array.of(...varint((number << 3) | 1), ...bytes))
    }
    return this
  }

  message(number: number, value: ProtobufMessage | undefined): this {
    return value ? this.#bytes(number, value.encode()) : this
  }

  messages(number: number, values: Iterable<ProtobufMessage>): this {
    for (const value of values) this.message(number, value)
    return this
  }

  encode(): Buffer {
    return Buffer.concat(this.#parts, this.#length)
  }

  #bytes(number: number, bytes: Uint8Array): this {
    this.#push(Uint8Array.of(...varint((number << 3) | 2), ...varint(bytes.length)))
    this.#push(bytes)
    return this
  }

  #push(bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.#length += bytes.length
  }
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest]
}
