// One row per write, and what proves that it is the row that was written.

import { crc32c } from '../../../util/crc32c.ts'

export interface RecordRow {
  readonly revision: number
  readonly key: string
  readonly created: number
  /** 1: a tombstone, the key ends here. */
  readonly deleted: number
  readonly lease: number
  /** {@link recordChecksum} */
  readonly crc: number
  /** {@link nextChain} over all writes up to this one. */
  readonly chain: number
  /** Sum of the modRevisions of all keys that exist after this write: a lost or stale row of any key shows in it. */
  readonly live: number
  readonly value: Uint8Array<ArrayBuffer>
}

/** In the order of the columns of table `record`. */
export type RecordColumns = [
  revision: number,
  key: string,
  created: number,
  deleted: number,
  lease: number,
  crc: number,
  chain: number,
  live: number,
  value: Uint8Array<ArrayBuffer>,
]

export function toRow([revision, key, created, deleted, lease, crc, chain, live, value]: RecordColumns): RecordRow {
  return { revision, key, created, deleted, lease, crc, chain, live, value }
}

const headerBytes = 25
let scratch = Buffer.alloc(4096)

/** CRC-32C over revision, createRevision, lease, deleted, key and value. */
export function recordChecksum({ revision, created, lease, deleted, key, value }: Omit<RecordRow, 'crc' | 'chain' | 'live'>): number {
  const needed = headerBytes + key.length * 3
  if (scratch.length < needed) scratch = Buffer.alloc(needed)
  scratch.writeDoubleLE(revision, 0)
  scratch.writeDoubleLE(created, 8)
  scratch.writeDoubleLE(lease, 16)
  scratch[24] = deleted
  const length = headerBytes + scratch.write(key, headerBytes)
  return crc32c(value, crc32c(scratch.subarray(0, length)))
}

const link = Buffer.alloc(16)

/** The running hash after a write, from that before it. It finds accidents, not forgeries. */
export function nextChain(chain: number, revision: number, crc: number): number {
  link.writeUInt32LE(chain, 0)
  link.writeUInt32LE(crc, 4)
  link.writeDoubleLE(revision, 8)
  return crc32c(link)
}
