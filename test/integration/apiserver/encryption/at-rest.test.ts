// Encryption at rest, from the API down to the bytes on the disk.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configMaps, secrets } from '../../../../src/api/resources.ts'
import { eventually } from '../../../support/eventually.ts'
import { type EncryptedServer, Files, identity, newKey, startServer } from './encrypted-server.ts'

let files: Files
let server: EncryptedServer | undefined
beforeEach(async () => {
  files = await Files.make()
})
afterEach(async () => {
  await server?.stop()
  server = undefined
  await files.remove()
})

const namespace = 'default'
const canary = `canary${randomBytes(12).toString('hex')}`
const inBase64 = Buffer.from(canary).toString('base64')
const secret = (name: string, value = canary) =>
  ({ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace }, data: { key: Buffer.from(value).toString('base64') } }) as const
const hits = async () => {
  const bytes = await files.everything()
  return [canary, inBase64].filter((text) => bytes.includes(text))
}
const prefixOf = async (name: string) => /^(k8s:enc:\w+:v1:[^:]*:|\{)/.exec(await server!.stored(`secrets/default/${name}`))?.[0]
const start = async (...providers: readonly object[]) => {
  await files.configure(...providers)
  server = await startServer(files)
  return server
}
const restart = async (...providers: readonly object[]) => {
  await server!.stop()
  return start(...providers)
}
const reloads = async (status: 'success' | 'failure') => {
  const line = new RegExp(`automatic_reloads_total\\{status="${status}",apiserver_id_hash="sha256:[0-9a-f]{64}"\\} (\\d+)`).exec(await server!.metrics())
  return Number(line?.[1] ?? 0)
}
/** As the documentation says: `kubectl get secrets -A -o json | kubectl replace -f -`. */
const rewriteAll = async () => {
  for (const each of (await server!.client.list(secrets)).items) await server!.client.update(secrets, each)
}

for (const [name, provider] of [
  ['secretbox', { secretbox: { keys: [newKey('key1')] } }],
  ['aesgcm', { aesgcm: { keys: [newKey('key1')] } }],
  ['aescbc', { aescbc: { keys: [newKey('key1')] } }],
] as const) {
  test(`${name}: the canary is nowhere on the disk: not in the store, its log, freed pages or a backup`, async () => {
    const { client, storage } = await start(provider, identity)
    await client.create(secrets, secret('kept'))
    await client.create(secrets, secret('updated'))
    await client.patch(secrets, { namespace, name: 'updated' }, { type: 'merge', patch: { data: { key: 'AAAA' } } })
    await client.create(secrets, secret('deleted'))
    await client.delete(secrets, { namespace, name: 'deleted' })
    await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace }, data: { key: canary } })
    expect(await prefixOf('kept')).toBe(`k8s:enc:${name}:v1:key1:`)
    expect(await hits()).toEqual([])
    await storage.backup(join(files.directory, 'backup.db'))
    await storage.compact(await storage.currentRevision())
    expect(await hits()).toEqual([])
    expect((await client.get(secrets, { namespace, name: 'kept' })).data).toEqual({ key: inBase64 })
    await restart(provider, identity)
    expect((await server!.client.list(secrets, { namespace })).items.map(({ metadata }) => metadata.name)).toEqual(['kept', 'updated'])
    expect(await hits()).toEqual([])
  })
}

test('the search itself finds a canary that is not encrypted', async () => {
  const { client } = await start(identity)
  await client.create(secrets, secret('plain'))
  expect(await hits()).toEqual([inBase64])
})

test('an existing cluster: plain secrets are read, encrypted when they are written again, and gone after compaction and a restart', async () => {
  const box = { secretbox: { keys: [newKey('key1')] } }
  server = await startServer(files, { encrypted: false })
  await server.client.create(secrets, secret('old'))
  const before = await server.client.get(secrets, { namespace, name: 'old' })
  const { client, storage } = await restart(box, identity)
  expect(await client.get(secrets, { namespace, name: 'old' })).toEqual(before)
  expect(await prefixOf('old')).toBe('{')
  await rewriteAll()
  expect(await prefixOf('old')).toBe('k8s:enc:secretbox:v1:key1:')
  await storage.compact(await storage.currentRevision())
  await restart(box, identity)
  expect((await server.client.get(secrets, { namespace, name: 'old' })).data).toEqual({ key: inBase64 })
  expect(await hits()).toEqual([])
})

test('rotation as documented: second, first, rewrite, remove; an update that changes nothing writes only what is stale', async () => {
  const [one, two] = [newKey('key1'), newKey('key2')]
  const { client } = await start({ aescbc: { keys: [one] } }, identity)
  await client.create(secrets, secret('s'))
  const version = async () => (await server!.client.get(secrets, { namespace, name: 's' })).metadata.resourceVersion
  const first = await version()

  await restart({ aescbc: { keys: [one, two] } }, identity)
  await rewriteAll()
  expect([await prefixOf('s'), await version()]).toEqual(['k8s:enc:aescbc:v1:key1:', first])

  await restart({ aescbc: { keys: [two, one] } }, identity)
  expect([await prefixOf('s'), await version()]).toEqual(['k8s:enc:aescbc:v1:key1:', first])
  await rewriteAll()
  const second = await version()
  expect(await prefixOf('s')).toBe('k8s:enc:aescbc:v1:key2:')
  expect(second).not.toBe(first)
  await rewriteAll()
  expect(await version()).toBe(second)

  await restart({ aescbc: { keys: [two] } }, identity)
  expect((await server!.client.get(secrets, { namespace, name: 's' })).data).toEqual({ key: inBase64 })

  // The way back: identity first, rewrite.
  await restart(identity, { aescbc: { keys: [two] } })
  await rewriteAll()
  expect(await prefixOf('s')).toBe('{')
})

test('a dry run of an update writes nothing, also when the value is stale', async () => {
  const [one, two] = [newKey('key1'), newKey('key2')]
  await start({ aesgcm: { keys: [one] } })
  await server!.client.create(secrets, secret('s'))
  await restart({ aesgcm: { keys: [two, one] } })
  const live = await server!.client.get(secrets, { namespace, name: 's' })
  await server!.client.update(secrets, live, { dryRun: true })
  expect(await prefixOf('s')).toBe('k8s:enc:aesgcm:v1:key1:')
})

test('a key that was removed too early: errors in upstream words, the rest goes on, nothing is lost', async () => {
  const [one, two] = [newKey('key1'), newKey('key2')]
  await start({ secretbox: { keys: [one] } })
  await server!.client.create(secrets, secret('lost'))
  const { client } = await restart({ secretbox: { keys: [two] } })
  const why = 'no matching key was found for the provided Secretbox transformer'
  const name = { namespace, name: 'lost' }
  await expect(client.get(secrets, name)).rejects.toMatchObject({ code: 500, reason: 'InternalError', message: `Internal error occurred: ${why}` })
  const ofKey = `Internal error occurred: unable to transform key "/registry/secrets/default/lost": ${why}`
  await expect(client.list(secrets)).rejects.toMatchObject({ code: 500, message: ofKey })
  await expect(client.list(secrets, { namespace })).rejects.toMatchObject({ message: ofKey })
  await expect(client.patch(secrets, name, { type: 'merge', patch: { data: {} } })).rejects.toMatchObject({ code: 500 })
  await expect(client.delete(secrets, name)).rejects.toMatchObject({ code: 500 })
  await expect(client.create(secrets, secret('lost'))).rejects.toMatchObject({ reason: 'AlreadyExists' })
  // Others can be made, read, changed and deleted.
  await client.create(secrets, secret('other', '1'))
  await client.patch(secrets, { namespace, name: 'other' }, { type: 'merge', patch: { data: { key: 'Mg==' } } })
  expect((await client.get(secrets, { namespace, name: 'other' })).data).toEqual({ key: 'Mg==' })
  await client.delete(secrets, { namespace, name: 'other' })
  // The key comes back, and with it everything.
  await files.configure({ secretbox: { keys: [two, one] } })
  await eventually(async () => expect((await client.get(secrets, name)).data).toEqual({ key: inBase64 }))
  expect((await client.list(secrets)).items).toHaveLength(1)
})

test('without a configuration encrypted values are refused, not taken for objects', async () => {
  await start({ secretbox: { keys: [newKey('key1')] } })
  await server!.client.create(secrets, secret('s'))
  await server!.stop()
  server = await startServer(files, { encrypted: false })
  await expect(server.client.get(secrets, { namespace, name: 's' })).rejects.toMatchObject({
    code: 500,
    message: expect.stringContaining('identity transformer tried to read encrypted data'),
  })
})

for (const { name, provider, moved } of [
  { name: 'aesgcm', provider: { aesgcm: { keys: [newKey('k')] } }, moved: true },
  { name: 'secretbox', provider: { secretbox: { keys: [newKey('k')] } }, moved: false },
]) {
  test(`${name}: values that were tampered with, cut or moved within the store`, async () => {
    await start(provider)
    await server!.client.create(secrets, secret('good'))
    await server!.stop()
    server = undefined
    const place = '/registry/secrets/default/'
    await files.withStore(async (store) => {
      const { value } = (await store.get(`${place}good`))!
      const flipped = Uint8Array.from(value)
      flipped[flipped.length - 20]! ^= 1
      await store.put(`${place}flipped`, flipped, 0)
      await store.put(`${place}cut`, value.subarray(0, 40), 0)
      await store.put(`${place}moved`, value, 0)
    })
    const { client } = await start(provider)
    for (const name of ['flipped', 'cut', ...(moved ? ['moved'] : [])]) {
      await expect(client.get(secrets, { namespace, name }), name).rejects.toMatchObject({ code: 500, reason: 'InternalError' })
    }
    expect((await client.get(secrets, { namespace, name: 'good' })).data).toEqual({ key: inBase64 })
  })
}

test('reload: a new key without a restart; a bad file leaves the old one in force; watches go on', async () => {
  const [one, two] = [newKey('key1'), newKey('key2')]
  const { client } = await start({ aesgcm: { keys: [one] } })
  await client.create(secrets, secret('s0'))
  const seen: string[] = []
  const stopWatching = new AbortController()
  const { metadata } = await client.list(secrets)
  const watching = (async () => {
    for await (const { type, object } of client.watch(secrets, { resourceVersion: metadata.resourceVersion }, stopWatching.signal)) {
      seen.push(`${type} ${object.metadata.name}`)
    }
  })().catch((error: unknown) => {
    if (!stopWatching.signal.aborted) throw error
  })
  await client.create(secrets, secret('s1'))

  for (const [index, bad] of [
    '',
    '{',
    'kind: Pod\napiVersion: v1',
    'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: []',
  ].entries()) {
    await files.configureText(bad)
    await eventually(async () => expect(await reloads('failure')).toBeGreaterThan(index))
    await client.create(secrets, secret(`bad${index}`))
    expect(await prefixOf(`bad${index}`)).toBe('k8s:enc:aesgcm:v1:key1:')
  }
  expect(await reloads('success')).toBe(0)
  await files.configure({ secretbox: { keys: [two] } }, { aesgcm: { keys: [one] } })
  await eventually(async () => expect(await reloads('success')).toBe(1))
  await client.create(secrets, secret('s2'))
  expect(await prefixOf('s2')).toBe('k8s:enc:secretbox:v1:key2:')
  expect((await client.list(secrets)).items).toHaveLength(7)
  await rewriteAll()
  expect(await prefixOf('s0')).toBe('k8s:enc:secretbox:v1:key2:')
  await eventually(() => expect(seen).toContain('MODIFIED s0'))
  expect(seen.slice(0, 7)).toEqual(['ADDED s1', 'ADDED bad0', 'ADDED bad1', 'ADDED bad2', 'ADDED bad3', 'ADDED s2', 'MODIFIED bad0'])
  // The same content again is no reload.
  await files.configure({ secretbox: { keys: [two] } }, { aesgcm: { keys: [one] } })
  await files.configure({ secretbox: { keys: [two] } })
  await eventually(async () => expect(await reloads('success')).toBe(2))
  stopWatching.abort()
  await watching
})

test('64 writers at once, through a reload: every answer is true, every value is whole', async () => {
  const [one, two] = [newKey('key1'), newKey('key2')]
  const { client } = await start({ secretbox: { keys: [one] } })
  const rounds = 8
  const writers = Array.from({ length: 64 }, async (_each, writer) => {
    const name = `w${writer}`
    await client.create(secrets, secret(name, '0'))
    for (let round = 1; round <= rounds; round++) {
      const value = Buffer.from(`${writer}-${round}`).toString('base64')
      const answer = await client.patch<{ data?: object }>(secrets as never, { namespace, name }, { type: 'merge', patch: { data: { key: value } } })
      expect(answer.data).toEqual({ key: value })
      if (writer === 0 && round === 4) await files.configure({ aesgcm: { keys: [two] } }, { secretbox: { keys: [one] } })
    }
  })
  await Promise.all(writers)
  await eventually(async () => expect(await reloads('success')).toBe(1))
  await restart({ aesgcm: { keys: [two] } }, { secretbox: { keys: [one] } })
  const values = (await server!.client.list(secrets)).items.map(({ metadata, data }) => `${metadata.name} ${Buffer.from(data!['key']!, 'base64').toString()}`)
  expect(values.toSorted()).toEqual(Array.from({ length: 64 }, (_each, i) => `w${i} ${i}-${rounds}`).toSorted())
})
