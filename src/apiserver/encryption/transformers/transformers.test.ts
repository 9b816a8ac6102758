import { expect, test } from 'vitest'
import { newAesCbc } from './aes-cbc.ts'
import { newAesGcm } from './aes-gcm.ts'
import { newExtendedNonceGcm } from './extended-nonce.ts'
import { identity } from './identity.ts'
import { PrefixTransformers } from './prefix-transformers.ts'
import { newSecretbox } from './secretbox.ts'
import type { ReadValue, Transformer } from './transformer.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const aesKey = Buffer.from('snorlax_awesomes')
const key32 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345')
const path = '/registry/secrets/default/s'

/** What others have written. */
for (const { name, transformer, storageKey, stored, value } of [
  {
    name: 'AES-GCM: recorded from upstream (aes_test.go, TestGCMLegacyDataCompatibility)',
    transformer: newAesGcm({ key: aesKey }),
    storageKey: 'bamboo',
    stored: '9f27c8fcea8a58c467d8e437dbf2d85955f9b4bd912f4ef967d788a0cb07797dac0a3f0a0845605ca85ac8562b4ae1',
    value: Buffer.from('pandas are the best'),
  },
  {
    name: 'extended nonce: recorded from upstream (TestExtendedNonceGCMLegacyDataCompatibility)',
    transformer: newExtendedNonceGcm(hex('5d40323a820ff95561675e3b95e81867c5fdd561d35a88a2d08b08aa9d4fcf5c')),
    storageKey: 'bamboo',
    stored:
      '2442759e33945fbad709db577a0f037fd8a709fc76979b8942209debcecb9d57efe3d6ff6a1ef6ee9a5003b9833b3043cec1e47b35175b151107a8d2416b0e296bbf66b5d102fcefdf9a78f293d271',
    value: Buffer.from('pandas are the best'),
  },
  {
    name: 'AES-CBC: iv and the output of openssl enc -aes-128-cbc',
    transformer: newAesCbc(aesKey),
    storageKey: 'any',
    stored: '000102030405060708090a0b0c0d0e0fdb462d5fa14f235b3fd57a078ababd7d868d8e0c8a1e9c363cc96593c739f259',
    value: Buffer.from('pandas are the best'),
  },
  {
    name: "secretbox: nonce and box of NaCl's own test (tests/secretbox.c)",
    transformer: newSecretbox(hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389')),
    storageKey: 'any',
    stored:
      '69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37' +
      'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5',
    value: hex(
      'be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705',
    ),
  },
]) {
  test(`reads ${name}`, () => {
    const read = transformer.fromStorage(hex(stored), storageKey) as ReadValue
    expect(Buffer.from(read.value).equals(value)).toBe(true)
    expect(read.stale).toBe(false)
  })
}

const message = 'cipher: message authentication failed'
const short = 'the stored data was shorter than the required size'
const box = 'output array was not large enough for encryption'

/** `moved`: what reading under another key path says; undefined: the format does not bind a value to its place. */
for (const { name, transformer, overhead, moved, tampered, cut } of [
  { name: 'AES-GCM', transformer: newAesGcm({ key: aesKey }), overhead: 28, moved: message, tampered: message, cut: short },
  { name: 'extended nonce', transformer: newExtendedNonceGcm(key32), overhead: 60, moved: message, tampered: message, cut: short },
  { name: 'secretbox', transformer: newSecretbox(key32), overhead: 40, moved: undefined, tampered: box, cut: short },
  { name: 'AES-CBC', transformer: newAesCbc(key32), overhead: 29, moved: undefined, tampered: undefined, cut: short },
]) {
  test(`${name}: there and back; what was moved, tampered with or cut`, () => {
    const value = Buffer.from('{"kind":"Secret"}  ')
    const stored = transformer.toStorage(value, path)
    expect(stored.length).toBe(value.length + overhead)
    expect(Buffer.from(stored).includes(value)).toBe(false)
    expect(Buffer.from(stored).equals(transformer.toStorage(value, path))).toBe(false)
    expect(text((transformer.fromStorage(stored, path) as ReadValue).value)).toBe(value.toString())

    const readMoved = () => text((transformer.fromStorage(stored, `${path}2`) as ReadValue).value)
    if (moved) expect(readMoved).toThrow(moved)
    else expect(readMoved()).toBe(value.toString())
    if (tampered) for (const at of stored.keys()) expect(() => transformer.fromStorage(flipped(stored, at), path), `byte ${at}`).toThrow(tampered)
    expect(() => transformer.fromStorage(stored.subarray(0, 5), path)).toThrow(cut)
    for (let length = 0; length < stored.length; length++) {
      expect(() => transformer.fromStorage(stored.subarray(0, length), path), `${length} bytes`).toThrow(Error)
    }
  })
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at]! ^= 1
  return copy
}

test('AES-GCM: says once that its key has been used for long', () => {
  let said = 0
  const transformer = newAesGcm({ key: aesKey, onWornOut: () => said++, writesMax: 100 })
  for (let i = 1; i < 100; i++) transformer.toStorage(Buffer.from('x'), path)
  expect(said).toBe(0)
  for (let i = 0; i < 10; i++) transformer.toStorage(Buffer.from('x'), path)
  expect(said).toBe(1)
})

test('an extended nonce needs a whole seed', () => {
  expect(() => newExtendedNonceGcm(aesKey)).toThrow('invalid seed length 16 used for key generation')
})

const choose = (noMatch: string, transformers: Readonly<Record<string, Transformer>>, seen: string[] = []) =>
  new PrefixTransformers({
    transformers: Object.entries(transformers).map(([prefix, transformer]) => ({ prefix, transformer })),
    noMatch,
    observe: (direction, prefix, _started, error) => seen.push(`${direction} ${prefix} ${error === undefined ? 'ok' : 'failed'}`),
    now: () => 0,
  })
const later = (transformer: Transformer): Transformer => ({ ...transformer, fromStorage: async (data, key) => transformer.fromStorage(data, key) })

test('the first writes, all read, what the first did not write is stale', async () => {
  const [old, young] = [newSecretbox(key32), newAesGcm({ key: aesKey })]
  const before = choose('no', { 's:': old, '': identity })
  const after = choose('no', { 'g:': young, 's:': later(old), '': identity })
  const plain = Buffer.from('{}')
  expect(text(before.toStorage(plain, path)).slice(0, 2)).toBe('s:')
  expect(await after.fromStorage(before.toStorage(plain, path), path)).toMatchObject({ stale: true })
  expect(await after.fromStorage(after.toStorage(plain, path), path)).toMatchObject({ stale: false })
  expect(await after.fromStorage(plain, path)).toEqual({ value: plain, stale: true })
})

test('two providers of one kind: the second is asked when the first cannot read', async () => {
  const [one, two] = [newAesGcm({ key: aesKey }), newAesGcm({ key: key32 })]
  const both = new PrefixTransformers({
    transformers: [
      { prefix: 'p:', transformer: later(two) },
      { prefix: 'p:', transformer: one },
    ],
    noMatch: 'no',
    observe: () => {},
    now: () => 0,
  })
  const stored = Buffer.concat([Buffer.from('p:'), one.toStorage(Buffer.from('{}'), path)])
  expect(text((await both.fromStorage(stored, path)).value)).toBe('{}')
  await expect(async () => both.fromStorage(stored, `${path}2`)).rejects.toThrow(message)
})

test('identity above an encrypting provider reads plain values and leaves encrypted ones to it', () => {
  const seen: string[] = []
  const back = choose('no matching prefix found', { '': identity, 'k8s:enc:x:': newSecretbox(key32) }, seen)
  const encrypted = choose('no', { 'k8s:enc:x:': newSecretbox(key32) }).toStorage(Buffer.from('{}'), path)
  expect(back.fromStorage(encrypted, path)).toMatchObject({ stale: true })
  expect(back.fromStorage(Buffer.from('{}'), path)).toMatchObject({ stale: false })
  expect(seen).toEqual(['from_storage k8s:enc:x: ok', 'from_storage identity ok'])
})

test('what nobody reads: no prefix fits, and identity refuses encrypted values', () => {
  const seen: string[] = []
  const only = choose('no matching prefix found', { 'k8s:enc:x:': newSecretbox(key32) }, seen)
  expect(() => only.fromStorage(Buffer.from('{}'), path)).toThrow('no matching prefix found')
  expect(() => only.fromStorage(Buffer.from('k8s:enc:y:..'), path)).toThrow('no matching prefix found')
  expect(seen).toEqual(['from_storage unknown failed', 'from_storage unknown failed'])
  expect(() => identity.fromStorage(Buffer.from('k8s:enc:y:..'), path)).toThrow('identity transformer tried to read encrypted data')
})
