// Watch events in protobuf: a length, then meta/v1 WatchEvent without the envelope that whole documents have; the object in it
// has one. Source: k8s.io/apimachinery pkg/runtime/serializer/{protobuf,streaming}, pkg/util/framer.

/** Field 1 (type) and field 2 (object), both length-delimited. */
const typeTag = 0x0a
const objectTag = 0x12
/** Field 1 (raw) of RawExtension. */
const rawTag = 0x0a

/** The length before each event of a stream. */
export const frameLengthBytes = 4

/** @param object with its own `k8s\0` envelope */
export function protobufWatchEvent(type: string, object: Uint8Array): Buffer {
  const raw = lengthDelimited(rawTag, object)
  const event = Buffer.concat([lengthDelimited(typeTag, Buffer.from(type)), lengthDelimited(objectTag, raw)])
  const length = Buffer.allocUnsafe(frameLengthBytes)
  length.writeUInt32BE(event.length)
  return Buffer.concat([length, event])
}

function lengthDelimited(tag: number, bytes: Uint8Array): Buffer {
  const head = [tag]
  let length = bytes.length
  for (; length >= 0x80; length = Math.floor(length / 0x80)) head.push((length & 0x7f) | 0x80)
  head.push(length)
  return Buffer.concat([Buffer.from(head), bytes])
}
