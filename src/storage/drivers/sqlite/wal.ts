// SQLite reads its write-ahead log up to the first frame that does not check, and takes the rest for what a crash left of the last
// transaction. That is right after a crash, but the same silence would swallow acknowledged writes if the damage came later. The two can be
// told apart: a transaction is begun only after the one before has been synced, so a bad frame with a further transaction behind it is in
// a transaction that was synced, and acknowledged. Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log

import { closeSync, existsSync, openSync, readSync } from 'node:fs'

import { CorruptError } from './errors.ts'

const headerBytes = 32
const frameHeaderBytes = 24

/**
 * To be called before SQLite opens the database. A checkpoint that empties the log must follow, lest remains of it be taken for more of the next.
 * @throws {CorruptError} if acknowledged transactions are damaged
 */
export function assertWalIntact(file: string): void {
  if (!existsSync(file)) return
  const fd = openSync(file, 'r')
  try {
    const header = Buffer.alloc(headerBytes)
    if (readSync(fd, header, 0, headerBytes, 0) < headerBytes) return
    const checksum = new WalChecksum((header.readUInt32BE(0) & 1) === 1)
    checksum.add(header.subarray(0, 24))
    const pageBytes = header.readUInt32BE(8)
    // The header is synced before any frame is written, so it cannot be torn while there are frames.
    if (!checksum.matches(header, 24) || pageBytes < 512) throw new CorruptError(`the header of ${file} does not match its checksum`)
    assertFramesIntact(file, fd, header.subarray(16, 24), checksum, frameHeaderBytes + pageBytes)
  } finally {
    closeSync(fd)
  }
}

function assertFramesIntact(file: string, fd: number, salts: Buffer, checksum: WalChecksum, frameBytes: number): void {
  const frame = Buffer.alloc(frameBytes)
  let intact = true
  let transactionEnded = false
  for (let offset = headerBytes; readSync(fd, frame, 0, frameBytes, offset) === frameBytes; offset += frameBytes) {
    // Other salts: a frame of an earlier round through the file.
    const isCurrent = frame.compare(salts, 0, 8, 8, 16) === 0
    if (intact) {
      checksum.add(frame.subarray(0, 8))
      checksum.add(frame.subarray(frameHeaderBytes))
      intact = isCurrent && checksum.matches(frame, 16)
    }
    if (intact || !isCurrent) continue
    if (transactionEnded) throw new CorruptError(`${file} is damaged before byte ${offset}, in a transaction that was acknowledged`)
    transactionEnded = frame.readUInt32BE(4) !== 0
  }
}

/** The log's running checksum: two sums over 32-bit words, Fibonacci-weighted. */
class WalChecksum {
  readonly #bigEndian: boolean
  #first = 0
  #second = 0

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian
  }

  add(bytes: Buffer): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < bytes.length; i += 8) {
      this.#first = (this.#first + view.getUint32(i, !this.#bigEndian) + this.#second) >>> 0
      this.#second = (this.#second + view.getUint32(i + 4, !this.#bigEndian) + this.#first) >>> 0
    }
  }

  matches(bytes: Buffer, offset: number): boolean {
    return bytes.readUInt32BE(offset) === this.#first && bytes.readUInt32BE(offset + 4) === this.#second
  }
}
