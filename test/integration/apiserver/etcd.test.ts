// API servers whose store is an etcd: one that goes away, two that share it, what is under its keys.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ConfigMap } from '../../../src/api/core/v1.ts'
import { newCodec } from '../../../src/apimachinery/codec/new-codec.ts'
import { configMaps, secrets, services } from '../../../src/api/resources.ts'
import { schema } from '../../../src/api/schema.ts'
import { loadEncryption } from '../../../src/apiserver/encryption/reload/load.ts'
import type { ApiServerOptions } from '../../../src/apiserver/server-options.ts'
import type { Client } from '../../../src/client/client.ts'
import { newInformerFactory } from '../../../src/client/informers/factory.ts'
import type { Transport } from '../../../src/client/transport/transport.ts'
import { silentLogger as logger } from '../../../src/component-base/logger.ts'
import { drivers } from '../../../src/storage/drivers/index.ts'
import { systemClock as clock } from '../../../src/util/clock.ts'
import { startApiServer, type TestApiServer } from '../../support/api-server.ts'
import { type CuttableProxy, newCuttableProxy } from '../../support/cuttable-proxy.ts'
import { TestEtcd } from '../../support/etcd.ts'
import { eventually } from '../../support/eventually.ts'

let etcd: TestEtcd
/** Between the servers of {@link startBehindProxy} and etcd. */
let proxy: CuttableProxy
let prefixes = 0
/** Of the keys in etcd: servers with the same one are one cluster. */
let prefix: string
const servers: TestApiServer[] = []
const ends: (() => Promise<void>)[] = []

beforeAll(async () => {
  etcd = await TestEtcd.start()
  proxy = await newCuttableProxy(Number(new URL(etcd.endpoint).port))
})
afterEach(async () => {
  proxy.mend()
  for (const end of ends.splice(0)) await end()
  for (const server of servers.splice(0)) await server.stop()
})
afterAll(async () => {
  proxy.close()
  await etcd.remove()
})

const openStorage = (endpoint = etcd.endpoint) => drivers.etcd({ endpoints: [endpoint], prefix: { ours: '/registry', theirs: prefix } })

/** Of the cluster that {@link newCluster} began. */
async function start(options: Partial<ApiServerOptions> = {}, endpoint?: string): Promise<TestApiServer> {
  const sharedStore = { compactionIntervalMs: 300_000, healthTimeoutMs: 1000, readinessTimeoutMs: 1000 }
  const server = await startApiServer({ storage: await openStorage(endpoint), sharedStore, ...options })
  servers.push(server)
  return server
}

const startBehindProxy = () => start({}, `http://127.0.0.1:${proxy.port}`)
const newCluster = () => (prefix = `/cluster-${prefixes++}`)

const configMap = (name: string, value = '') => ({
  apiVersion: 'v1' as const,
  kind: 'ConfigMap' as const,
  metadata: { namespace: 'default', name },
  data: { value },
})
const names = (items: readonly ConfigMap[]) => items.map(({ metadata }) => metadata.name)

async function text(transport: Transport, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await transport.request({ method: 'GET', path, headers: {} })
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body) chunks.push(chunk)
  return { status: response.status, text: Buffer.concat(chunks).toString() }
}

/** What an informer's handlers have been told. */
async function inform(client: Client): Promise<readonly string[]> {
  const informers = newInformerFactory({ client, logger })
  const seen: string[] = []
  informers.for(configMaps, { namespace: 'default' }).addHandler({
    add: ({ metadata }) => void seen.push(`add ${metadata.name}`),
    update: (old, { metadata }) => void (old.metadata.resourceVersion !== metadata.resourceVersion && seen.push(`update ${metadata.name}`)),
    delete: ({ metadata }) => void seen.push(`delete ${metadata.name}`),
  })
  const ending = new AbortController()
  const running = informers.run(ending.signal)
  ends.push(async () => {
    ending.abort()
    await running
  })
  return seen
}

test('objects are created, read, changed, watched and deleted; a list in pages is of one revision', async () => {
  newCluster()
  const { client, transport } = await start()
  const seen = await inform(client)
  for (const name of ['a', 'b', 'c', 'd', 'e']) await client.create(configMaps, configMap(name))
  await client.patch(configMaps, { namespace: 'default', name: 'a' }, { type: 'merge', patch: { data: { value: '2' } } })
  const created = await client.get(configMaps, { namespace: 'default', name: 'b' })
  await client.update(configMaps, { ...created, data: { value: '2' } })
  await expect(client.update(configMaps, { ...created, data: { value: '3' } })).rejects.toMatchObject({ code: 409 })
  const path = '/api/v1/namespaces/default/configmaps'
  const first = JSON.parse((await text(transport, `${path}?limit=2`)).text) as { items: ConfigMap[]; metadata: { continue: string; resourceVersion: string } }
  expect([names(first.items), first.metadata]).toMatchObject([['a', 'b'], { remainingItemCount: 3 }])
  await client.delete(configMaps, { namespace: 'default', name: 'c' })
  const rest = JSON.parse((await text(transport, `${path}?limit=9&continue=${first.metadata.continue}`)).text) as typeof first
  expect([names(rest.items), rest.metadata]).toEqual([['c', 'd', 'e'], { resourceVersion: first.metadata.resourceVersion }])
  expect(names((await client.list(configMaps, { namespace: 'default' })).items)).toEqual(['a', 'b', 'd', 'e'])
  await eventually(() => expect(seen).toEqual(['add a', 'add b', 'add c', 'add d', 'add e', 'update a', 'update b', 'delete c']))
})

test('two servers on one etcd: what one has answered the other one shows at once', async () => {
  newCluster()
  const [one, other] = [await start(), await start()]
  const seen = await inform(other.client)
  for (let i = 0; i < 20; i++) {
    const { client } = i % 2 ? one : other
    const reader = i % 2 ? other.client : one.client
    const { metadata } = await client.create(configMaps, configMap(`m${i}`))
    expect((await reader.get(configMaps, { namespace: 'default', name: `m${i}` })).metadata.resourceVersion).toBe(metadata.resourceVersion)
    expect((await reader.list(configMaps, { namespace: 'default' })).items).toHaveLength(i + 1)
  }
  const [ours, theirs] = await Promise.allSettled([one, other].map(({ client }) => client.create(configMaps, configMap('same'))))
  expect([ours!.status, theirs!.status].toSorted()).toEqual(['fulfilled', 'rejected'])
  await eventually(() => expect(seen).toHaveLength(21))
})

test('two servers on one etcd give no cluster IP and no node port away twice', async () => {
  newCluster()
  // Thirteen free addresses, so that the servers meet.
  const options = { serviceClusterIpRange: '10.99.0.0/28', serviceNodePortRange: { from: 30_000, to: 30_012 } }
  const two = [await start(options), await start(options)]
  const service = (name: string) => ({
    apiVersion: 'v1' as const,
    kind: 'Service' as const,
    metadata: { namespace: 'default', name },
    spec: { type: 'NodePort' as const, ports: [{ port: 80 }] },
  })
  const made = await Promise.all(Array.from({ length: 13 }, (_, i) => two[i % 2]!.client.create(services, service(`s-${i}`))))
  expect(new Set(made.map(({ spec }) => spec.clusterIP)).size).toBe(13)
  expect(new Set(made.map(({ spec }) => spec.ports![0]!.nodePort)).size).toBe(13)
  for (const { client } of two) await expect(client.create(services, service('full'))).rejects.toThrow('range is full')
})

test('while etcd is away requests and health checks fail; when it is back everything goes on, and no event is missing', async () => {
  newCluster()
  const server = await start()
  const seen = await inform(server.client)
  await server.client.create(configMaps, configMap('before'))
  await etcd.stop('SIGKILL')
  await expect(server.client.create(configMaps, configMap('lost'))).rejects.toMatchObject({
    code: 500,
    message: expect.stringMatching(/^rpc error: code = Unavailable desc = /) as string,
  })
  await expect(server.client.list(configMaps, { namespace: 'default' })).rejects.toMatchObject({ code: 500 })
  expect(await text(server.transport, '/livez/etcd')).toEqual({ status: 500, text: 'internal server error: context deadline exceeded\n' })
  for (const check of ['etcd', 'etcd-readiness']) expect((await text(server.transport, '/readyz')).text).toContain(`[-]${check} failed: reason withheld`)
  expect((await text(server.transport, '/metrics')).status).toBe(200)
  await etcd.start()
  await server.client.create(configMaps, configMap('after'))
  await eventually(() => expect(seen).toEqual(['add before', 'add after']))
  expect(await text(server.transport, '/readyz')).toEqual({ status: 200, text: 'ok' })
})

test('when its events were compacted while etcd was away, a server reads everything anew, and so do its clients', async () => {
  newCluster()
  const [away, other] = [await startBehindProxy(), await start()]
  const seen = await inform(away.client)
  for (const name of ['gone', 'stays']) await other.client.create(configMaps, configMap(name))
  await eventually(() => expect(seen).toEqual(['add gone', 'add stays']))
  proxy.cut()
  await other.client.delete(configMaps, { namespace: 'default', name: 'gone' })
  await other.client.create(configMaps, configMap('new'))
  await other.storage.compact(await other.storage.currentRevision())
  proxy.mend()
  await eventually(() => expect(seen.slice(2).toSorted()).toEqual(['add new', 'delete gone']))
  expect(names((await away.client.list(configMaps, { namespace: 'default' })).items)).toEqual(['new', 'stays'])
  await other.client.create(configMaps, configMap('later'))
  await eventually(() => expect(seen).toContain('add later'))
})

test('values that upstream has written in protobuf are read, and written in JSON when they change', async () => {
  newCluster()
  const { client, storage } = await start()
  const metadata = { name: 'p', namespace: 'default', uid: 'u-1', creationTimestamp: '2026-01-01T00:00:00Z', labels: { a: 'b' } }
  const stored = newCodec(schema).encodeProtobuf('io.k8s.api.core.v1.ConfigMap', { kind: 'ConfigMap', apiVersion: 'v1', metadata, data: { value: '1' } })
  const key = '/registry/configmaps/default/p'
  // Before the watch cache is there, and behind it.
  await storage.put(key, stored, 0)
  const selected = async () => (await client.list(configMaps, { namespace: 'default', labelSelector: 'a=b' })).items
  expect(await selected()).toMatchObject([{ metadata, data: { value: '1' } }])
  expect(await client.get(configMaps, { namespace: 'default', name: 'p' })).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata })
  await storage.put(
    `${key}2`,
    newCodec(schema).encodeProtobuf('io.k8s.api.core.v1.ConfigMap', { kind: 'ConfigMap', apiVersion: 'v1', metadata: { ...metadata, name: 'p2' } }),
    0,
  )
  expect(names(await selected())).toEqual(['p', 'p2'])
  await client.patch(configMaps, { namespace: 'default', name: 'p' }, { type: 'merge', patch: { data: { value: '2' } } })
  expect(Buffer.from((await storage.get(key))!.value).toString()).toMatch(/^\{"kind":"ConfigMap".*"data":\{"value":"2"\}/)
  await client.delete(configMaps, { namespace: 'default', name: 'p2' })
  expect(names(await selected())).toEqual(['p'])
})

test('encrypted values are so in etcd, under upstream’s keys; another server with the key reads them', async () => {
  newCluster()
  const directory = await mkdtemp(join(tmpdir(), 'etcd-encryption-'))
  ends.push(() => rm(directory, { recursive: true }))
  const path = join(directory, 'encryption.yaml')
  const provider = { secretbox: { keys: [{ name: 'key1', secret: randomBytes(32).toString('base64') }] } }
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers: [provider] }],
  }
  await writeFile(path, JSON.stringify(configuration))
  const encryption = () => loadEncryption({ path, reload: false, apiServerId: 'test', clock, logger })
  const [one, other] = [await start({ encryption: await encryption() }), await start({ encryption: await encryption() })]
  await one.client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'default', name: 's' }, type: 'Opaque', data: { k: 'dg==' } })
  expect((await other.client.list(secrets, { namespace: 'default' })).items[0]).toMatchObject({ data: { k: 'dg==' } })
  const bare = await drivers.etcd({ endpoints: [etcd.endpoint], prefix: { ours: '', theirs: '' } })
  ends.push(() => bare.close())
  const { items } = await bare.list(`${prefix}/secrets/`)
  expect(items.map(({ key, value }) => [key, Buffer.from(value).toString('latin1', 0, 26)])).toEqual([
    [`${prefix}/secrets/default/s`, 'k8s:enc:secretbox:v1:key1:'],
  ])
})
