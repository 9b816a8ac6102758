// Just enough of an assembler for a program of thirty instructions: bytes, labels, and offsets filled in at the end.

interface Fixup {
  readonly at: number
  readonly label: string
  /** Writes the distance from the instruction to the label into the code. */
  readonly write: (code: DataView, at: number, target: number) => void
}

/** Collects machine code. Labels may be used before they are placed. */
export class Assembler {
  readonly #bytes: number[] = []
  readonly #labels = new Map<string, number>()
  readonly #fixups: Fixup[] = []

  label(name: string): this {
    this.#labels.set(name, this.#bytes.length)
    return this
  }

  bytes(...values: number[]): this {
    this.#bytes.push(...values)
    return this
  }

  /** A 32-bit little-endian word. */
  word(value: number): this {
    return this.bytes(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255)
  }

  /** Emits `values`, and lets `write` complete them once `label` is placed. */
  reference(label: string, values: readonly number[], write: Fixup['write']): this {
    this.#fixups.push({ at: this.#bytes.length, label, write })
    return this.bytes(...values)
  }

  finish(): Uint8Array {
    const code = Uint8Array.from(this.#bytes)
    const view = new DataView(code.buffer)
    for (const { at, label, write } of this.#fixups) {
      const target = this.#labels.get(label)
      if (target === undefined) throw new Error(`label ${label} was never placed`)
      write(view, at, target)
    }
    return code
  }
}

/** ELF's numbers for the processors that nodes run on. */
const elfMachines = { amd64: 62, arm64: 183 } as const
export type Architecture = keyof typeof elfMachines

const headerBytes = 64
const programHeaderBytes = 56
const codeOffset = headerBytes + 2 * programHeaderBytes
const loadAddress = 0x40_0000n

/** A statically linked Linux program of one read-and-execute segment, whose first instruction is the first byte of `code`. */
export function elfExecutable(architecture: Architecture, code: Uint8Array): Uint8Array {
  const file = new Uint8Array(codeOffset + code.length)
  const view = new DataView(file.buffer)
  const u16 = (at: number, value: number) => view.setUint16(at, value, true)
  const u32 = (at: number, value: number) => view.setUint32(at, value, true)
  const u64 = (at: number, value: bigint) => view.setBigUint64(at, value, true)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]) // \x7fELF, 64 bits, little-endian, version 1, System V
  u16(16, 2) // an executable
  u16(18, elfMachines[architecture])
  u32(20, 1)
  u64(24, loadAddress + BigInt(codeOffset))
  u64(32, BigInt(headerBytes)) // where the program headers are
  u16(52, headerBytes)
  u16(54, programHeaderBytes)
  u16(56, 2)
  u16(58, 64) // size of a section header, of which there is none
  const load = headerBytes
  u32(load, 1) // PT_LOAD
  u32(load + 4, 5) // read and execute
  u64(load + 16, loadAddress)
  u64(load + 24, loadAddress)
  u64(load + 32, BigInt(file.length))
  u64(load + 40, BigInt(file.length))
  u64(load + 48, 0x1_0000n) // the largest page of either processor
  const stack = headerBytes + programHeaderBytes
  u32(stack, 0x6474_e551) // PT_GNU_STACK: read and write, never execute
  u32(stack + 4, 6)
  u64(stack + 48, 16n)
  file.set(code, codeOffset)
  return file
}
