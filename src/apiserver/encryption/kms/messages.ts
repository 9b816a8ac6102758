// The few protobuf messages of KMS v2, written by hand: the plugin's calls, and the envelope that is stored.
// Source: k8s.io/kms apis/v2/api.proto, k8s.io/apiserver pkg/storage/value/encrypt/envelope/kmsv2/v2/api.proto.
import { asBuffer, Reader, wireType } from '../../../apimachinery/codec/protobuf/reader.ts'
import { Writer } from '../../../apimachinery/codec/protobuf/writer.ts'

export type Annotations = ReadonlyMap<string, Uint8Array>

export interface StatusResponse {
  readonly version: string
  readonly healthz: string
  readonly keyId: string
}

export interface EncryptResponse {
  readonly ciphertext: Uint8Array
  readonly keyId: string
  readonly annotations: Annotations
}

export interface DecryptRequest {
  readonly ciphertext: Uint8Array
  readonly uid: string
  readonly keyId: string
  readonly annotations: Annotations
}

/** What the plaintext of `encryptedDekSource` is. */
export const dekSourceType = { aesGcmKey: 0, hkdfSha256ExtendedNonceAesGcmSeed: 1 } as const

/** What stands behind `k8s:enc:kms:v2:<provider>:` in the store. */
export interface EncryptedObject {
  readonly encryptedData: Uint8Array
  readonly keyId: string
  /** The data encryption key or its seed, encrypted by the plugin. */
  readonly encryptedDekSource: Uint8Array
  readonly annotations: Annotations
  readonly encryptedDekSourceType: number
}

const bytesTag = (number: number) => number * 8 + wireType.bytes
const none = new Uint8Array()

/** A map field: one message of key and value per entry, in key order. The writer writes backwards. */
function writeAnnotations(writer: Writer, number: number, annotations: Annotations): void {
  for (const [key, value] of [...annotations].toSorted(([a], [b]) => (a < b ? 1 : -1))) {
    const before = writer.length
    writeBytes(writer, 2, value)
    writeBytes(writer, 1, Buffer.from(key))
    writer.varint(writer.length - before)
    writer.varint(bytesTag(number))
  }
}

function readAnnotation(entry: Reader, into: Map<string, Uint8Array>): void {
  let [key, value]: [string, Uint8Array] = ['', none]
  readFields(entry, 'annotations', { 1: (r) => (key = r.string()), 2: (r) => (value = copyOf(r)) })
  into.set(key, value)
}

/** Empty fields are not on the wire (proto3). */
function writeBytes(writer: Writer, number: number, value: Uint8Array): void {
  if (value.length === 0) return
  writer.bytes(value)
  writer.varint(bytesTag(number))
}

const writeString = (writer: Writer, number: number, value: string) => writeBytes(writer, number, Buffer.from(value))
const copyOf = (reader: Reader) => new Uint8Array(reader.bytes())

/** @throws {DecodeError} */
function readFields(reader: Reader, message: string, handlers: { readonly [number: number]: (reader: Reader) => void }): void {
  while (!reader.done) {
    const { number, type } = reader.tag(message)
    const handler = handlers[number]
    if (handler) handler(reader)
    else reader.skip(type)
  }
}

export function encodeEncryptedObject({ encryptedData, keyId, encryptedDekSource, annotations, encryptedDekSourceType }: EncryptedObject): Uint8Array {
  const writer = new Writer()
  if (encryptedDekSourceType !== 0) {
    writer.varint(encryptedDekSourceType)
    writer.varint(5 * 8 + wireType.varint)
  }
  writeAnnotations(writer, 4, annotations)
  writeBytes(writer, 3, encryptedDekSource)
  writeString(writer, 2, keyId)
  writeBytes(writer, 1, encryptedData)
  return writer.finish()
}

/** @returns `encryptedData` shares memory with `bytes`. @throws {DecodeError} */
export function decodeEncryptedObject(bytes: Uint8Array): EncryptedObject {
  const annotations = new Map<string, Uint8Array>()
  let [encryptedData, keyId, encryptedDekSource, encryptedDekSourceType]: [Uint8Array, string, Uint8Array, number] = [none, '', none, 0]
  readFields(new Reader(asBuffer(bytes)), 'EncryptedObject', {
    1: (r) => (encryptedData = r.bytes()),
    2: (r) => (keyId = r.string()),
    3: (r) => (encryptedDekSource = copyOf(r)),
    4: (r) => readAnnotation(r.message(), annotations),
    5: (r) => (encryptedDekSourceType = r.int32()),
  })
  return { encryptedData, keyId, encryptedDekSource, annotations, encryptedDekSourceType }
}

export function encodeEncryptRequest({ plaintext, uid }: { readonly plaintext: Uint8Array; readonly uid: string }): Buffer {
  const writer = new Writer()
  writeString(writer, 2, uid)
  writeBytes(writer, 1, plaintext)
  return asBuffer(writer.finish())
}

export function decodeEncryptResponse(message: Buffer): EncryptResponse {
  const annotations = new Map<string, Uint8Array>()
  let [ciphertext, keyId]: [Uint8Array, string] = [none, '']
  readFields(new Reader(message), 'EncryptResponse', {
    1: (r) => (ciphertext = copyOf(r)),
    2: (r) => (keyId = r.string()),
    3: (r) => readAnnotation(r.message(), annotations),
  })
  return { ciphertext, keyId, annotations }
}

export function encodeDecryptRequest({ ciphertext, uid, keyId, annotations }: DecryptRequest): Buffer {
  const writer = new Writer()
  writeAnnotations(writer, 4, annotations)
  writeString(writer, 3, keyId)
  writeString(writer, 2, uid)
  writeBytes(writer, 1, ciphertext)
  return asBuffer(writer.finish())
}

export function decodeDecryptResponse(message: Buffer): Uint8Array {
  let plaintext: Uint8Array = none
  readFields(new Reader(message), 'DecryptResponse', { 1: (r) => (plaintext = copyOf(r)) })
  return plaintext
}

export function decodeStatusResponse(message: Buffer): StatusResponse {
  let [version, healthz, keyId] = ['', '', '']
  readFields(new Reader(message), 'StatusResponse', { 1: (r) => (version = r.string()), 2: (r) => (healthz = r.string()), 3: (r) => (keyId = r.string()) })
  return { version, healthz, keyId }
}
