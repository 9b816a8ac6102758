// Protobuf is written backwards, from the end of the buffer: when a message's length must be written, the message is there already.
// (gogo's generated code, which upstream uses, does the same.)

const bytesInitial = 4096
/** Texts up to here are written character by character. */
const shortMax = 40

export class Writer {
  #buffer = Buffer.allocUnsafe(bytesInitial)
  /** Everything from here to the end is written. */
  #start = bytesInitial

  /** Bytes written so far. */
  get length(): number {
    return this.#buffer.length - this.#start
  }

  /** A copy of what was written; the writer can be used again. */
  finish(): Uint8Array {
    const result = new Uint8Array(this.#buffer.subarray(this.#start))
    this.#start = this.#buffer.length
    return result
  }

  /** Forgets what was written, after a failure. */
  reset(): void {
    this.#start = this.#buffer.length
  }

  /** @param value an integer from 0 to 2^53 - 1 */
  varint(value: number): void {
    if (value < 0x80) {
      this.#make(1)
      this.#buffer[this.#start] = value
      return
    }
    let size = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
    this.#make(size)
    let at = this.#start
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#buffer[at++] = (rest % 0x80) | 0x80
    this.#buffer[at] = rest
  }

  /** Two's complement in 64 bits: negative numbers take ten bytes. */
  signed(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.varint(value)
      return
    }
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
    bytes.push(Number(rest))
    this.#make(bytes.length)
    this.#buffer.set(bytes, this.#start)
  }

  double(value: number): void {
    this.#make(8)
    this.#buffer.writeDoubleLE(value, this.#start)
  }

  /** Bytes with their length before them. */
  bytes(value: Uint8Array): void {
    this.raw(value)
    this.varint(value.length)
  }

  /** Bytes alone. */
  raw(value: Uint8Array): void {
    this.#make(value.length)
    this.#buffer.set(value, this.#start)
  }

  /** UTF-8 with its length before it. */
  string(value: string): void {
    const length = value.length <= shortMax && this.#ascii(value) ? value.length : this.#utf8(value)
    this.varint(length)
  }

  /** Short texts are faster written here than by the runtime. False, and nothing written, when not all is ASCII. */
  #ascii(value: string): boolean {
    if (this.#start < value.length) this.#grow(value.length)
    const at = this.#start - value.length
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code >= 0x80) return false
      this.#buffer[at + i] = code
    }
    this.#start = at
    return true
  }

  #utf8(value: string): number {
    const length = Buffer.byteLength(value)
    this.#make(length)
    this.#buffer.write(value, this.#start)
    return length
  }

  #make(size: number): void {
    if (this.#start < size) this.#grow(size)
    this.#start -= size
  }

  #grow(size: number): void {
    const old = this.#buffer.subarray(this.#start)
    this.#buffer = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, old.length + size))
    this.#start = this.#buffer.length - old.length
    this.#buffer.set(old, this.#start)
  }
}
