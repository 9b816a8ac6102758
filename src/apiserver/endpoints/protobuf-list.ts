// Lists in protobuf, sent in chunks. The envelope begins with the length of all that follows, so the items are encoded (or
// found in the cache) before the first byte goes out; they are never joined into one buffer.
// Source: k8s.io/apimachinery pkg/runtime/serializer/protobuf (the streaming encoder of collections).
import { nextTurn } from '../../util/turns.ts'
import type { Codec } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { Entry } from '../cacher/entry.ts'
import type { BodyChunk } from '../http/api-request.ts'
import { ListTurns } from './list-turns.ts'

const magic = Buffer.from('k8s\0')
/** Tag of a length-delimited field. */
const tag = (field: number) => (field << 3) | 2
/** runtime.Unknown ends with an empty encoding and an empty content type. */
const tail = Buffer.from([tag(3), 0, tag(4), 0])

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

const delimited = (field: number, bytes: Uint8Array) => Buffer.concat([Buffer.of(tag(field)), varint(bytes.length), bytes])
const text = (field: number, value: string) => delimited(field, Buffer.from(value))

/** What stands before an item, by the item's length: objects of one kind have few different lengths. */
function itemHeads(): (length: number) => Buffer {
  const known = new Map<number, Buffer>()
  return (length) => {
    let head = known.get(length)
    if (!head) known.set(length, (head = Buffer.concat([Buffer.of(tag(2)), varint(length)])))
    return head
  }
}

/**
 * @param head the list without items: kind, apiVersion, metadata
 * @param encodeItem the item's message
 * @param chunkBytes about so many are sent at once
 */
export async function* protobufList(
  codec: Codec,
  listType: string,
  head: JsonObject,
  entries: readonly Entry[],
  encodeItem: (entry: Entry) => Uint8Array,
  chunkBytes: number,
): AsyncGenerator<BodyChunk> {
  const items: Uint8Array[] = []
  let bytes = 0
  const turns = new ListTurns()
  for (const entry of entries) {
    const item = encodeItem(entry)
    items.push(item)
    bytes += 1 + varintLength(item.length) + item.length
    if (turns.isDueAfter(entry)) await nextTurn()
  }
  const typeMeta = Buffer.concat([text(1, head['apiVersion'] as string), text(2, head['kind'] as string)])
  const metadata = codec.encodeProtobufMessage(listType, head)
  const opening = [magic, delimited(1, typeMeta), Buffer.of(tag(2)), varint(metadata.length + bytes), metadata]
  const itemHead = itemHeads()
  let chunk: Uint8Array[] = opening
  let chunked = 0
  for (const item of items) {
    chunk.push(itemHead(item.length), item)
    chunked += item.length
    if (chunked < chunkBytes) continue
    yield chunk
    // A connection that takes everything at once would otherwise keep the event loop.
    await nextTurn()
    chunk = []
    chunked = 0
  }
  yield [...chunk, tail]
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++
  return length
}
