// How single values travel. A message type that is no plain message in JSON (Quantity, Time, …) has its own entry here.
import { formatDuration, parseDuration } from '../../duration/duration.ts'
import type { JsonValue } from '../../json-value.ts'
import { formatSeconds } from '../../time/rfc3339.ts'
import { DecodeError } from '../codec.ts'
import { isRawJson } from '../raw-json.ts'
import { type Reader, wireType } from './reader.ts'
import type { Writer } from './writer.ts'

export interface Wire {
  readonly type: number
  /** Writes a value, or the zero value for null, with its length where the wire type has one. */
  write(writer: Writer, value: JsonValue): void
  /** @param before what an earlier occurrence of the field gave: messages are merged into it */
  read(reader: Reader, before: JsonValue | undefined): JsonValue
  /** A null value is not written at all, though the field is no pointer: Go's nil slices. */
  readonly skipsNull?: boolean
}

const integerOf = (value: JsonValue) => (isRawJson(value) ? BigInt(value.rawJSON) : ((value ?? 0) as number))

/** A message made by hand: `fields` are written backwards, the last first. */
export function message(write: (writer: Writer, value: JsonValue) => void, read: (reader: Reader) => JsonValue): Wire {
  return {
    type: wireType.bytes,
    write(writer, value) {
      const before = writer.length
      write(writer, value)
      writer.varint(writer.length - before)
    },
    read: (reader) => read(reader.message()),
  }
}

/** Reads the fields of a message that `handlers` know, by number. */
function readFields(reader: Reader, name: string, handlers: { readonly [number: number]: (reader: Reader) => void }): void {
  while (!reader.done) {
    const { number, type } = reader.tag(name)
    const handler = handlers[number]
    if (handler) handler(reader)
    else reader.skip(type)
  }
}

const tag = (number: number, type: number) => number * 8 + type

const quantity = message(
  (writer, value) => {
    writer.string((value ?? '0') as string)
    writer.varint(tag(1, wireType.bytes))
  },
  (reader) => {
    let text = '0'
    readFields(reader, 'Quantity', { 1: (r) => (text = r.string()) })
    return text
  },
)

const intOrString = message(
  (writer, value) => {
    const isText = typeof value === 'string'
    writer.string(isText ? value : '')
    writer.varint(tag(3, wireType.bytes))
    writer.signed(isText ? 0 : integerOf(value))
    writer.varint(tag(2, wireType.varint))
    writer.varint(isText ? 1 : 0)
    writer.varint(tag(1, wireType.varint))
  },
  (reader) => {
    let [isText, number, text] = [false, 0, '']
    readFields(reader, 'IntOrString', { 1: (r) => (isText = r.bool()), 2: (r) => (number = r.int32()), 3: (r) => (text = r.string()) })
    return isText ? text : number
  },
)

/** Upstream drops the nanoseconds of a Time and keeps microseconds of a MicroTime. A zero time is an empty message. */
function time(name: string, micro: boolean): Wire {
  return message(
    (writer, value) => {
      if (typeof value !== 'string') return
      const seconds = Math.floor(Date.parse(value) / 1000)
      writer.varint(micro ? Number(value.slice(value.indexOf('.') + 1, -1)) * 1000 : 0)
      writer.varint(tag(2, wireType.varint))
      writer.signed(seconds)
      writer.varint(tag(1, wireType.varint))
    },
    (reader) => {
      if (reader.done) return null
      let [seconds, nanos] = [0n, 0]
      readFields(reader, name, { 1: (r) => (seconds = r.bigint()), 2: (r) => (nanos = r.int32()) })
      if (seconds < secondsMin || seconds > secondsMax) throw new DecodeError(`proto: ${name}: seconds out of range`)
      const text = formatSeconds(Number(seconds) * 1000)
      return micro ? `${text.slice(0, -1)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : text
    },
  )
}

/** The years that RFC 3339 can write: 0 to 9999. */
const secondsMin = -62_167_219_200n
const secondsMax = 253_402_300_799n

const duration = message(
  (writer, value) => {
    writer.signed(value === null ? 0 : parseDuration(value as string))
    writer.varint(tag(1, wireType.varint))
  },
  (reader) => {
    let nanoseconds = 0n
    readFields(reader, 'Duration', { 1: (r) => (nanoseconds = r.bigint()) })
    return formatDuration(nanoseconds)
  },
)

/** A JSON value as text within a message. @param parse also knows embedded protobuf objects */
export function rawWire(parse: (bytes: Uint8Array) => JsonValue): Wire {
  return message(
    (writer, value) => {
      if (value === null) return
      writer.bytes(Buffer.from(JSON.stringify(value)))
      writer.varint(tag(1, wireType.bytes))
    },
    (reader) => {
      let value: JsonValue = null
      readFields(reader, 'RawExtension', {
        1: (r) => {
          const bytes = r.bytes()
          value = bytes.length === 0 ? null : parse(bytes)
        },
      })
      return value
    },
  )
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'

/** By type name of the schema table. */
export const wires: ReadonlyMap<string, Wire> = new Map<string, Wire>([
  ['string', { type: wireType.bytes, write: (writer, value) => writer.string((value ?? '') as string), read: (reader) => reader.string() }],
  ['bool', { type: wireType.varint, write: (writer, value) => writer.varint(value === true ? 1 : 0), read: (reader) => reader.bool() }],
  ['int32', { type: wireType.varint, write: (writer, value) => writer.signed(integerOf(value)), read: (reader) => reader.int32() }],
  ['int64', { type: wireType.varint, write: (writer, value) => writer.signed(integerOf(value)), read: (reader) => reader.int64() }],
  ['double', { type: wireType.fixed64, write: (writer, value) => writer.double((value ?? 0) as number), read: (reader) => reader.double() }],
  [
    'bytes',
    {
      type: wireType.bytes,
      skipsNull: true,
      write: (writer, value) => writer.bytes(Buffer.from(value as string, 'base64')),
      read: (reader) => reader.bytes().toString('base64'),
    },
  ],
  ['io.k8s.apimachinery.pkg.api.resource.Quantity', quantity],
  ['io.k8s.apimachinery.pkg.util.intstr.IntOrString', intOrString],
  [`${meta}.Time`, time('Time', false)],
  [`${meta}.MicroTime`, time('MicroTime', true)],
  [`${meta}.Duration`, duration],
])
