// The little of SPDY/3.1 that streams of the runtime need: open a stream, send and receive data, end it.

/** Frames as they arrive. Header blocks are not decoded: answers carry nothing of interest. */
export type Frame =
  | { readonly type: 'data'; readonly streamId: number; readonly data: Buffer; readonly fin: boolean }
  | { readonly type: 'reply' | 'reset'; readonly streamId: number }
  | { readonly type: 'ping'; readonly raw: Buffer }
  | { readonly type: 'goaway' | 'other' }

const control = 0x8003
const types = { synStream: 1, synReply: 2, reset: 3, ping: 6, goaway: 7 }
const finFlag = 1
const headerBytes = 8
/** A runtime sends at most 32 KiB at a time; more than this is not SPDY. */
const frameBytesMax = 1 << 20

function controlFrame(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(headerBytes)
  head.writeUInt16BE(control, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt32BE(body.length, 4)
  return Buffer.concat([head, body])
}

export function synStream(streamId: number, headerBlock: Buffer): Buffer {
  const head = Buffer.alloc(10)
  head.writeUInt32BE(streamId, 0)
  return controlFrame(types.synStream, Buffer.concat([head, headerBlock]))
}

export function dataFrame(streamId: number, data: Buffer, { fin }: { readonly fin: boolean }): Buffer {
  const head = Buffer.alloc(headerBytes)
  head.writeUInt32BE(streamId, 0)
  head.writeUInt32BE(data.length, 4)
  head.writeUInt8(fin ? finFlag : 0, 4)
  return Buffer.concat([head, data])
}

/** Names and values, before compression. */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value)
    return Buffer.concat([uint32(bytes.length), bytes])
  }
  const entries = Object.entries(headers)
  return Buffer.concat([uint32(entries.length), ...entries.flatMap(([name, value]) => [text(name.toLowerCase()), text(value)])])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Cuts a byte stream into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)

  /** @throws {RangeError} a frame that is too long */
  read(chunk: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    while (this.#rest.length >= headerBytes) {
      const length = this.#rest.readUIntBE(5, 3)
      if (length > frameBytesMax) throw new RangeError(`SPDY frame of ${length} bytes`)
      if (this.#rest.length < headerBytes + length) break
      frames.push(parse(this.#rest.subarray(0, headerBytes + length)))
      this.#rest = this.#rest.subarray(headerBytes + length)
    }
    return frames
  }
}

function parse(raw: Buffer): Frame {
  const body = raw.subarray(headerBytes)
  if ((raw[0]! & 0x80) === 0) return { type: 'data', streamId: raw.readUInt32BE(0), data: body, fin: (raw[4]! & finFlag) !== 0 }
  switch (raw.readUInt16BE(2)) {
    case types.synReply:
      return { type: 'reply', streamId: body.readUInt32BE(0) & 0x7fffffff }
    case types.reset:
      return { type: 'reset', streamId: body.readUInt32BE(0) & 0x7fffffff }
    case types.ping:
      return { type: 'ping', raw }
    case types.goaway:
      return { type: 'goaway' }
    default:
      return { type: 'other' }
  }
}
