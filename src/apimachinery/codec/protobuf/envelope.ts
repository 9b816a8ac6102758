// Objects on the wire: four bytes of magic, then a runtime.Unknown with apiVersion, kind and the object's message.
// Source: Kubernetes 1.36 apimachinery pkg/runtime/serializer/protobuf.
import type { JsonObject, JsonValue } from '../../json-value.ts'
import type { Schema } from '../../schema.ts'
import { DecodeError } from '../codec.ts'
import { parseJson } from '../json-parse.ts'
import { Messages } from './messages.ts'
import { asBuffer, Reader, wireType } from './reader.ts'
import { Writer } from './writer.ts'

const magic = Buffer.from('k8s\0')

export type TypeNameOf = (apiVersion: string, kind: string) => string | undefined

/** An object in its envelope, not yet read. */
export interface Unknown {
  readonly apiVersion: string
  readonly kind: string
  readonly raw: Uint8Array
  readonly contentType: string
}

export const isEnveloped = (bytes: Uint8Array) => magic.equals(bytes.subarray(0, magic.length))

/** @throws {DecodeError} with upstream's message */
export function openEnvelope(body: Uint8Array): Unknown {
  if (body.length === 0) throw new DecodeError('empty data')
  if (!isEnveloped(body)) throw new DecodeError(`provided data does not appear to be a protobuf message, expected prefix [${[...magic].join(' ')}]`)
  if (body.length === magic.length) throw new DecodeError('empty body')
  let [apiVersion, kind, contentType] = ['', '', '']
  let raw: Uint8Array = new Uint8Array()
  for (const reader = new Reader(asBuffer(body), magic.length); !reader.done;) {
    const { number, type } = reader.tag('Unknown')
    if (number === 1) ({ apiVersion, kind } = readTypeMeta(reader.message()))
    else if (number === 2) raw = reader.bytes()
    else if (number === 4) contentType = reader.string()
    else reader.skip(type)
  }
  return { apiVersion, kind, raw, contentType }
}

function readTypeMeta(reader: Reader): { apiVersion: string; kind: string } {
  let [apiVersion, kind] = ['', '']
  while (!reader.done) {
    const { number, type } = reader.tag('TypeMeta')
    if (number === 1) apiVersion = reader.string()
    else if (number === 2) kind = reader.string()
    else reader.skip(type)
  }
  return { apiVersion, kind }
}

const bytesTag = (number: number) => number * 8 + wireType.bytes

export class Protobuf {
  readonly #messages: Messages
  /** Reused: its buffer grows to the largest object. */
  readonly #writer = new Writer()

  /** @param embeddedTypeNameOf knows the kinds that may be embedded in others (in a `List`) */
  constructor(schema: Schema, embeddedTypeNameOf: TypeNameOf) {
    this.#messages = new Messages(schema, (bytes) => this.#parseRaw(bytes, embeddedTypeNameOf))
  }

  /** @throws {DecodeError} */
  encode(typeName: string, object: JsonObject): Uint8Array {
    const message = this.#messages.of(typeName)
    return this.#write((writer) => {
      // Upstream writes an empty encoding and an empty content type.
      for (const number of [4, 3]) {
        writer.varint(0)
        writer.varint(bytesTag(number))
      }
      const before = writer.length
      message.write(writer, object)
      writer.varint(writer.length - before)
      writer.varint(bytesTag(2))
      const meta = writer.length
      writer.string((object['kind'] ?? '') as string)
      writer.varint(bytesTag(2))
      writer.string((object['apiVersion'] ?? '') as string)
      writer.varint(bytesTag(1))
      writer.varint(writer.length - meta)
      writer.varint(bytesTag(1))
      writer.raw(magic)
    })
  }

  /** Without the envelope. @throws {DecodeError} */
  encodeMessage(typeName: string, object: JsonObject): Uint8Array {
    const message = this.#messages.of(typeName)
    return this.#write((writer) => message.write(writer, object))
  }

  /** Members are in the order of the wire and zero values not settled: the caller makes it canonical. @throws {DecodeError} */
  decode(typeNameOf: TypeNameOf, body: Uint8Array): { apiVersion: string; kind: string; typeName: string; object: JsonObject } {
    const { apiVersion, kind, raw, contentType } = openEnvelope(body)
    const typeName = typeNameOf(apiVersion, kind)
    if (typeName === undefined)
      throw new DecodeError(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`)
    if (contentType === 'application/json') return { apiVersion, kind, typeName, object: parseJson(raw).value as JsonObject }
    const object = this.#messages.of(typeName).read(new Reader(asBuffer(raw)), { kind, apiVersion })
    return { apiVersion, kind, typeName, object }
  }

  #write(write: (writer: Writer) => void): Uint8Array {
    try {
      write(this.#writer)
      return this.#writer.finish()
    } finally {
      this.#writer.reset()
    }
  }

  #parseRaw(bytes: Uint8Array, typeNameOf: TypeNameOf): JsonValue {
    return isEnveloped(bytes) ? this.decode(typeNameOf, bytes).object : parseJson(bytes).value
  }
}
