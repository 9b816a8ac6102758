// What the messages of both OpenAPI versions are made of. Source: github.com/google/gnostic.
import { setImmediate } from 'node:timers/promises'
import { ProtobufMessage } from './protobuf-writer.ts'
import type { Json } from './schema-objects.ts'

export const message = () => new ProtobufMessage()
export const named = (name: string, value: ProtobufMessage) => message().string(1, name).message(2, value)
export const entriesOf = (value: unknown) => Object.entries((value ?? {}) as Json)
/** Any: a value as YAML, of which JSON is a part. */
export const any = (value: unknown) => message().string(2, JSON.stringify(value))
export const extensions = (object: Json) => entriesOf(object).flatMap(([key, value]) => (key.startsWith('x-') ? [named(key, any(value))] : []))

/** Definitions and paths encoded before the event loop gets a turn. */
const batchSize = 50

export async function batched(object: unknown, encode: (value: Json) => ProtobufMessage): Promise<ProtobufMessage[]> {
  const out: ProtobufMessage[] = []
  for (const [name, value] of entriesOf(object)) {
    out.push(named(name, encode(value as Json)))
    if (out.length % batchSize === 0) await setImmediate()
  }
  return out
}
