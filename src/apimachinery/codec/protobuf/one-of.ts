// JSON that is one of two things is in protobuf a message with a field for each.
import { isObject } from '../../json-equal.ts'
import type { JsonObject, JsonValue } from '../../json-value.ts'
import type { SchemaType } from '../../schema.ts'
import type { Reader } from './reader.ts'
import { message, type Wire } from './wire.ts'
import type { Writer } from './writer.ts'

/** @param wireOf the wire form of a type by name */
export function oneOfMessage(type: SchemaType, wireOf: (typeName: string) => Wire): Wire {
  const schema = type.fields.find((field) => field.name === 'schema')!
  const other = type.fields.find((field) => field !== schema)!
  const isBool = other.type === 'bool'
  const schemaWire = lazily(() => wireOf(schema.type))
  const otherWire = lazily(() => wireOf(other.type))

  /** Backwards: the higher number first. A schema implies `allows`. */
  function write(writer: Writer, value: JsonValue): void {
    const writers = new Map([
      [schema.number!, () => isObject(value) && put(writer, schema.number!, schemaWire(), value)],
      [other.number!, () => writeOther(writer, value)],
    ])
    for (const number of [...writers.keys()].sort((a, b) => b - a)) writers.get(number)!()
  }

  function writeOther(writer: Writer, value: JsonValue): void {
    if (isBool) put(writer, other.number!, otherWire(), value === true || isObject(value))
    else if (Array.isArray(value)) for (const item of value.toReversed()) put(writer, other.number!, otherWire(), item)
  }

  function read(reader: Reader): JsonValue {
    let found: JsonObject | undefined
    const items: JsonValue[] = []
    while (!reader.done) {
      const { number, type: wire } = reader.tag('oneOf')
      if (number === schema.number) found = schemaWire().read(reader, found) as JsonObject
      else if (number === other.number) items.push(otherWire().read(reader, undefined))
      else reader.skip(wire)
    }
    if (isBool) return found ?? items.at(-1) ?? false
    return items.length > 0 ? items : (found ?? null)
  }

  return message(write, read)
}

function put(writer: Writer, number: number, wire: Wire, value: JsonValue): void {
  wire.write(writer, value)
  writer.varint(number * 8 + wire.type)
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
