// Against protobufjs and the field numbers of upstream's .proto files.
import protobuf from 'protobufjs'
import { expect, test } from 'vitest'
import { decodeDecryptResponse, decodeEncryptedObject, decodeEncryptResponse, decodeStatusResponse } from './messages.ts'
import { encodeDecryptRequest, encodeEncryptedObject, encodeEncryptRequest } from './messages.ts'

const { root } = protobuf.parse(`
  syntax = "proto3";
  message EncryptedObject {
    bytes encryptedData = 1; string keyID = 2; bytes encryptedDEKSource = 3; map<string, bytes> annotations = 4; int32 encryptedDEKSourceType = 5;
  }
  message StatusResponse { string version = 1; string healthz = 2; string key_id = 3; }
  message DecryptRequest { bytes ciphertext = 1; string uid = 2; string key_id = 3; map<string, bytes> annotations = 4; }
  message DecryptResponse { bytes plaintext = 1; }
  message EncryptRequest { bytes plaintext = 1; string uid = 2; }
  message EncryptResponse { bytes ciphertext = 1; string key_id = 2; map<string, bytes> annotations = 3; }
`)
const decode = (type: string, bytes: Uint8Array) => root.lookupType(type).toObject(root.lookupType(type).decode(bytes), { defaults: true, bytes: Array })
const encode = (type: string, object: object) => Buffer.from(root.lookupType(type).encode(root.lookupType(type).create(object)).finish())
const bytes = (...values: readonly number[]) => Uint8Array.from(values)
const annotations = new Map([
  ['b.example.com', bytes(1, 2)],
  ['a.example.com', bytes(3)],
])

test('the stored envelope', () => {
  const object = { encryptedData: bytes(9, 8, 7), keyId: 'schlüssel', encryptedDekSource: bytes(6), annotations, encryptedDekSourceType: 1 }
  const stored = encodeEncryptedObject(object)
  expect(decode('EncryptedObject', stored)).toEqual({
    encryptedData: [9, 8, 7],
    keyID: 'schlüssel',
    encryptedDEKSource: [6],
    annotations: { 'a.example.com': [3], 'b.example.com': [1, 2] },
    encryptedDEKSourceType: 1,
  })
  const read = decodeEncryptedObject(stored)
  expect({ ...read, encryptedData: bytes(...read.encryptedData) }).toEqual({ ...object, annotations: new Map([...annotations].toSorted()) })
  // Zero values are not on the wire, as in Go.
  const legacy = { ...object, annotations: new Map(), encryptedDekSourceType: 0 }
  expect(decode('EncryptedObject', encodeEncryptedObject(legacy))).toMatchObject({ encryptedDEKSourceType: 0, annotations: {} })
  expect(encodeEncryptedObject(legacy).includes(0x28)).toBe(false)
})

test('calls of the plugin', () => {
  expect(decode('EncryptRequest', encodeEncryptRequest({ plaintext: bytes(1), uid: 'u' }))).toEqual({ plaintext: [1], uid: 'u' })
  expect(decode('DecryptRequest', encodeDecryptRequest({ ciphertext: bytes(2), uid: 'u', keyId: 'k', annotations }))).toEqual({
    ciphertext: [2],
    uid: 'u',
    keyId: 'k',
    annotations: { 'a.example.com': [3], 'b.example.com': [1, 2] },
  })
  const encrypted = encode('EncryptResponse', { ciphertext: bytes(4), keyId: 'k', annotations: Object.fromEntries(annotations) })
  expect(decodeEncryptResponse(encrypted)).toEqual({ ciphertext: bytes(4), keyId: 'k', annotations })
  expect(decodeDecryptResponse(encode('DecryptResponse', { plaintext: bytes(5) }))).toEqual(bytes(5))
  expect(decodeStatusResponse(encode('StatusResponse', { version: 'v2', healthz: 'ok', keyId: 'k' }))).toEqual({ version: 'v2', healthz: 'ok', keyId: 'k' })
})

test('what is no message', () => {
  for (const junk of [bytes(0xff), bytes(0x0a, 5, 1), bytes(0x07)]) expect(() => decodeEncryptedObject(junk)).toThrow(Error)
})
