// Frames of a protobuf watch: a bare metav1.WatchEvent whose object is an object in its envelope.
// Source: Kubernetes 1.36 apimachinery meta/v1 WatchEvent; serializer/protobuf (RawSerializer).
import { DecodeError } from '../codec.ts'
import { asBuffer, Reader, wireType } from './reader.ts'
import { Writer } from './writer.ts'

const bytesTag = (number: number) => number * 8 + wireType.bytes
const frameLengthBytes = 4

export interface WatchFrame {
  /** ADDED, MODIFIED, DELETED, BOOKMARK, ERROR */
  readonly type: string
  /** `k8s\0` + runtime.Unknown, as encodeProtobuf gives it. */
  readonly object: Uint8Array
}

/** One frame, with its length before it (four bytes, big endian). */
export function encodeWatchFrame({ type, object }: WatchFrame): Uint8Array {
  const writer = new Writer()
  writer.bytes(object)
  writer.varint(bytesTag(1))
  writer.varint(writer.length)
  writer.varint(bytesTag(2))
  writer.string(type)
  writer.varint(bytesTag(1))
  const length = Buffer.alloc(frameLengthBytes)
  length.writeUInt32BE(writer.length)
  writer.raw(length)
  return writer.finish()
}

/** @param frame without its length. @throws {DecodeError} */
export function decodeWatchFrame(frame: Uint8Array): WatchFrame {
  let type = ''
  let object: Uint8Array | undefined
  for (const reader = new Reader(asBuffer(frame)); !reader.done;) {
    const { number, type: wire } = reader.tag('WatchEvent')
    if (number === 1) type = reader.string()
    else if (number === 2) object = readRaw(reader.message())
    else reader.skip(wire)
  }
  if (!object) throw new DecodeError('proto: WatchEvent: no object')
  return { type, object }
}

function readRaw(reader: Reader): Uint8Array | undefined {
  let raw: Uint8Array | undefined
  while (!reader.done) {
    const { number, type } = reader.tag('RawExtension')
    if (number === 1) raw = reader.bytes()
    else reader.skip(type)
  }
  return raw
}
