// Envelope encryption with a KMS v2 plugin over gRPC.
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { secrets } from '../../../../src/api/resources.ts'
import { decodeEncryptedObject } from '../../../../src/apiserver/encryption/kms/messages.ts'
import { eventually } from '../../../support/eventually.ts'
import { type EncryptedServer, Files, get, identity, newKey, startServer } from './encrypted-server.ts'
import { KmsPlugin } from './kms-plugin.ts'

let files: Files
let plugin: KmsPlugin
let server: EncryptedServer | undefined
beforeEach(async () => {
  files = await Files.make()
  plugin = new KmsPlugin(join(files.directory, 'kms.sock'))
})
afterEach(async () => {
  await server?.stop()
  server = undefined
  plugin.stop()
  await files.remove()
})

const namespace = 'default'
const secret = (name: string) =>
  ({ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace }, data: { key: 'Y2FuYXJ5Y2FuYXJ5' } }) as const
const kms = () => ({ kms: { apiVersion: 'v2', name: 'vault', endpoint: plugin.endpoint, timeout: '1s' } })
const prefix = 'k8s:enc:kms:v2:vault:'
const envelope = async (name: string) => {
  const stored = await server!.stored(`secrets/default/${name}`)
  expect(stored.slice(0, prefix.length)).toBe(prefix)
  return decodeEncryptedObject(Buffer.from(stored.slice(prefix.length), 'latin1'))
}
const start = async () => {
  await files.configure(kms(), identity)
  return (server = await startServer(files))
}

test('one seed for all values, decrypted once after a restart', async () => {
  await plugin.start()
  const { client } = await start()
  for (let i = 0; i < 20; i++) await client.create(secrets, secret(`s${i}`))
  expect(plugin.calls).toEqual({ encrypt: 1, decrypt: 0 })
  expect(await envelope('s0')).toMatchObject({ keyId: 'key-1', encryptedDekSourceType: 1 })
  expect((await files.everything()).includes('Y2FuYXJ5Y2FuYXJ5')).toBe(false)
  await server!.stop()
  await start()
  expect((await server!.client.list(secrets)).items).toHaveLength(20)
  expect(plugin.calls).toEqual({ encrypt: 2, decrypt: 1 })
  // The twenty, and the ConfigMap that the server itself keeps, when it has been there for its turn.
  const metrics = await server!.metrics()
  expect(metrics).toMatch(
    /apiserver_envelope_encryption_key_id_hash_total\{transformation_type="from_storage",provider_name="vault",key_id_hash="sha256:[0-9a-f]{64}",apiserver_id_hash="sha256:[0-9a-f]{64}"\} 2\d/,
  )
  expect(metrics).toContain('apiserver_storage_envelope_transformation_cache_misses_total 1')
  expect(metrics).toMatch(
    /kms_operations_latency_seconds_count\{provider_name="vault",method_name="\/v2.KeyManagementService\/Decrypt",grpc_status_code="OK"\} 1/,
  )
})

test('a plugin that comes up after the server, goes away and comes back', async () => {
  const { client, transport } = await start()
  const health = () => get(transport, '/healthz/kms-providers')
  expect(await health()).toContain('internal server error: kms-provider-0: failed to perform status section of the healthz check for KMS Provider vault')
  await expect(client.create(secrets, secret('s'))).rejects.toMatchObject({ code: 500, message: 'Internal error occurred: got unexpected nil transformer' })
  await plugin.start()
  await eventually(async () => expect(await health()).toBe('ok'))
  await client.create(secrets, secret('s'))
  plugin.stop()
  // The seed is there: reading and writing go on.
  await client.create(secrets, secret('t'))
  await server!.stop()
  // Not after a restart: the seed in the store is encrypted.
  await start()
  await expect(server!.client.get(secrets, { namespace, name: 's' })).rejects.toMatchObject({ code: 500, reason: 'InternalError' })
  await expect(server!.client.list(secrets)).rejects.toMatchObject({ code: 500, reason: 'InternalError' })
  await plugin.start()
  await eventually(async () => expect((await server!.client.list(secrets)).items).toHaveLength(2))
  expect((await server!.client.get(secrets, { namespace, name: 's' })).data).toEqual({ key: 'Y2FuYXJ5Y2FuYXJ5' })
})

test('a new key at the plugin: after the next status old values are stale', async () => {
  await plugin.start()
  const { client } = await start()
  await client.create(secrets, secret('s'))
  plugin.keyId = 'key-2'
  await server!.stop()
  await start()
  const live = await server!.client.get(secrets, { namespace, name: 's' })
  expect((await envelope('s')).keyId).toBe('key-1')
  await server!.client.update(secrets, live)
  expect((await envelope('s')).keyId).toBe('key-2')
})

test('reload: a plugin that is not healthy does not replace what works', async () => {
  await files.configure({ aesgcm: { keys: [newKey('key1')] } })
  server = await startServer(files)
  plugin.healthz = 'sealed'
  await plugin.start()
  await files.configure(kms())
  await eventually(async () => expect(await server!.metrics()).toMatch(/automatic_reloads_total\{status="failure".*\} [1-9]/))
  await server.client.create(secrets, secret('s'))
  expect(await server.stored('secrets/default/s')).toMatch(/^k8s:enc:aesgcm:v1:key1:/)
  plugin.healthz = 'ok'
  await eventually(async () => expect(await server!.metrics()).toMatch(/automatic_reloads_total\{status="success".*\} 1/))
  await server.client.create(secrets, secret('t'))
  expect((await envelope('t')).keyId).toBe('key-1')
})
