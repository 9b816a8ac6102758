// Memory that chunks of large answers are put together in, used again for the next chunk. Were each chunk a buffer of its own,
// a list of ten thousand Pods would leave fifty megabytes behind for the garbage collector, which counts them long after.

/** Longer chunks get memory of their own. */
const bufferBytes = 320 << 10
/** Pieces of longer chunks are sent as they are when they are so long: those of cached objects are the same for all who read them. */
const longPieceBytes = 64 << 10
/** Kept while nobody sends: as many as clients that were reading at once, up to 2.5 MiB. */
const keptMax = 8

const free: Buffer[] = []

export interface Joined {
  readonly bytes: Uint8Array
  /** To be called once the bytes have been sent: they change after that. */
  readonly release: () => void
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  let length = 0
  for (const piece of pieces) length += piece.byteLength
  return length
}

/** In as few parts as possible without copying long pieces: a thousand clients that read a large object slowly hold it once. */
export function* joinShort(pieces: readonly Uint8Array[]): Generator<Joined> {
  if (lengthOf(pieces) <= bufferBytes) return yield join(pieces)
  let short: Uint8Array[] = []
  for (const piece of pieces) {
    if (piece.byteLength < longPieceBytes) {
      short.push(piece)
      continue
    }
    if (short.length > 0) yield join(short)
    short = []
    yield { bytes: piece, release: () => {} }
  }
  if (short.length > 0) yield join(short)
}

export function join(pieces: readonly Uint8Array[]): Joined {
  const length = lengthOf(pieces)
  if (length > bufferBytes) return { bytes: Buffer.concat(pieces, length), release: () => {} }
  const buffer = free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes)
  let at = 0
  for (const piece of pieces) {
    buffer.set(piece, at)
    at += piece.byteLength
  }
  return {
    bytes: buffer.subarray(0, length),
    release: () => {
      if (free.length < keptMax) free.push(buffer)
    },
  }
}
