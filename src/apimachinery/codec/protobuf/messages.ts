// Types of the schema table, compiled to writers and readers of protobuf messages.
// The writing rule is in scripts/codegen/facts/README.md: ascending field numbers; fields that are no pointer always; maps by key.
import { isObject, setMember } from '../../json-equal.ts'
import type { JsonObject, JsonValue } from '../../json-value.ts'
import type { Schema, SchemaField, SchemaType } from '../../schema.ts'
import { DecodeError } from '../codec.ts'
import { oneOfMessage } from './one-of.ts'
import { type Reader, wireType } from './reader.ts'
import { rawWire, type Wire, wires } from './wire.ts'
import type { Writer } from './writer.ts'

interface MessageField {
  /** Writes the field of `object`, value before tag: the writer goes backwards. */
  write(writer: Writer, object: JsonObject): void
  /** Reads one occurrence into `object`. */
  read(reader: Reader, type: number, object: JsonObject): void
}

/** The members of one message, without a length. */
export interface Message {
  write(writer: Writer, object: JsonObject): void
  read(reader: Reader, object: JsonObject): JsonObject
}

export class Messages {
  readonly #schema: Schema
  readonly #raw: Wire
  readonly #compiled = new Map<string, Message>()

  /** @param parseRaw what the bytes of a RawExtension hold */
  constructor(schema: Schema, parseRaw: (bytes: Uint8Array) => JsonValue) {
    this.#schema = schema
    this.#raw = rawWire(parseRaw)
  }

  /** @throws {DecodeError} for types that have no protobuf form */
  of(typeName: string): Message {
    let message = this.#compiled.get(typeName)
    if (!message) {
      const type = this.#type(typeName)
      if (type.proto === null)
        throw new DecodeError(`${typeName} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`)
      message = this.#message(typeName, type)
      this.#compiled.set(typeName, message)
    }
    return message
  }

  #type(name: string): SchemaType {
    const type = this.#schema.get(name)
    if (!type) throw new Error(`no type ${name} in the schema`)
    return type
  }

  /** Compiled at first use: types may contain themselves. */
  #message(typeName: string, type: SchemaType): Message {
    const name = typeName.slice(typeName.lastIndexOf('.') + 1)
    let byNumber: Map<number, MessageField> | undefined
    let descending: readonly MessageField[] = []
    const compile = () => {
      const numbered = type.fields.filter((field) => field.number !== null).sort((a, b) => b.number! - a.number!)
      byNumber = new Map(numbered.map((field) => [field.number!, this.#field(field)]))
      descending = [...byNumber.values()]
      return byNumber
    }
    return {
      write(writer, object) {
        if (!byNumber) compile()
        for (const field of descending) field.write(writer, object)
      },
      read(reader, object) {
        const fields = byNumber ?? compile()
        while (!reader.done) {
          const { number, type: wire } = reader.tag(name)
          const field = fields.get(number)
          if (field) field.read(reader, wire, object)
          else reader.skip(wire)
        }
        return object
      },
    }
  }

  #field(field: SchemaField): MessageField {
    const wire = this.#wire(field.type)
    if (field.inline) return inlineField(field, this.of(field.type))
    if (field.card === 'list') return listField(field, wire)
    if (field.card === 'map') return mapField(field, wire)
    return singleField(field, wire)
  }

  #wire(typeName: string): Wire {
    const known = wires.get(typeName)
    if (known) return known
    const type = this.#type(typeName)
    if (type.json === 'raw') return this.#raw
    const inner = (name: string) => this.#wire(name)
    if (type.json === 'oneOf') return oneOfMessage(type, inner)
    if (type.json === 'list') return listMessage(listField({ ...type.fields[0]!, name: 'items' }, this.#wire(type.jsonItems!)))
    return messageWire(this.of(typeName))
  }
}

export function messageWire(message: Message): Wire {
  return {
    type: wireType.bytes,
    write(writer, value) {
      const before = writer.length
      message.write(writer, (value ?? {}) as JsonObject)
      writer.varint(writer.length - before)
    },
    read: (reader, before) => message.read(reader.message(), before !== undefined && isObject(before) ? before : {}),
  }
}

/** A list with a name of its own (`Verbs`) is a message with a list in it. */
function listMessage(items: MessageField): Wire {
  const wire = messageWire({
    write: (writer, object) => items.write(writer, object),
    read(reader, object) {
      while (!reader.done) {
        const { number, type } = reader.tag('items')
        if (number === 1) items.read(reader, type, object)
        else reader.skip(type)
      }
      return object
    },
  })
  return {
    type: wire.type,
    skipsNull: true,
    write: (writer, value) => wire.write(writer, { items: value }),
    read(reader, before) {
      const { items: read = [] } = wire.read(reader, { items: before ?? [] }) as { items?: JsonValue }
      return read
    },
  }
}

const tagOf = (field: SchemaField, wire: Wire) => field.number! * 8 + wire.type

function expectWire(field: SchemaField, wire: number, type: number): void {
  if (type !== wire) throw new DecodeError(`proto: wrong wireType = ${type} for field ${field.name[0]!.toUpperCase()}${field.name.slice(1)}`)
}

function singleField(field: SchemaField, wire: Wire): MessageField {
  const tag = tagOf(field, wire)
  const optional = field.ptr === true || wire.skipsNull === true
  const { name } = field
  return {
    write(writer, object) {
      const value = object[name] ?? null
      if (value === null && optional) return
      wire.write(writer, value)
      writer.varint(tag)
    },
    read(reader, type, object) {
      expectWire(field, wire.type, type)
      object[name] = wire.read(reader, object[name])
    },
  }
}

/** The members of the message are members of the object around it. */
function inlineField(field: SchemaField, message: Message): MessageField {
  const tag = field.number! * 8 + wireType.bytes
  return {
    write(writer, object) {
      const before = writer.length
      message.write(writer, object)
      writer.varint(writer.length - before)
      writer.varint(tag)
    },
    read(reader, type, object) {
      expectWire(field, wireType.bytes, type)
      message.read(reader.message(), object)
    },
  }
}

function listField(field: SchemaField, wire: Wire): MessageField {
  const tag = tagOf(field, wire)
  const { name } = field
  return {
    write(writer, object) {
      const list = (object[name] ?? []) as JsonValue[]
      for (let i = list.length - 1; i >= 0; i--) {
        wire.write(writer, list[i]!)
        writer.varint(tag)
      }
    },
    read(reader, type, object) {
      const list = (object[name] ??= []) as JsonValue[]
      // Numbers may come packed, many in one occurrence.
      if (type === wireType.bytes && wire.type !== wireType.bytes) {
        for (const packed = reader.message(); !packed.done;) list.push(wire.read(packed, undefined))
        return
      }
      expectWire(field, wire.type, type)
      list.push(wire.read(reader, undefined))
    },
  }
}

const keyTag = 1 * 8 + wireType.bytes

function mapField(field: SchemaField, wire: Wire): MessageField {
  const tag = field.number! * 8 + wireType.bytes
  const valueTag = 2 * 8 + wire.type
  const { name } = field
  return {
    write(writer, object) {
      const map = object[name]
      if (map === undefined || map === null) return
      const entries = map as JsonObject
      for (const key of Object.keys(entries).sort().toReversed()) {
        const before = writer.length
        const value = entries[key]!
        if (value !== null || !wire.skipsNull) {
          wire.write(writer, value)
          writer.varint(valueTag)
        }
        writer.string(key)
        writer.varint(keyTag)
        writer.varint(writer.length - before)
        writer.varint(tag)
      }
    },
    read(reader, type, object) {
      expectWire(field, wireType.bytes, type)
      const map = (object[name] ??= {}) as JsonObject
      const entry = reader.message()
      let key = ''
      let value: JsonValue = null
      while (!entry.done) {
        const part = entry.tag('map entry')
        if (part.number === 1) key = entry.string()
        else if (part.number === 2) value = wire.read(entry, undefined)
        else entry.skip(part.type)
      }
      setMember(map, key, value)
    },
  }
}
