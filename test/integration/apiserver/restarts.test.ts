// What clients hold over a restart of the server: informers of two clients, a leader's lease, versions of what they have seen.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configMaps, leases, namespaces } from '../../../src/api/resources.ts'
import { newInformerFactory } from '../../../src/client/informers/factory.ts'
import { leadWhenElected } from '../../../src/client/leaderelection/leader-election.ts'
import type { Client } from '../../../src/client/client.ts'
import { newClient } from '../../../src/client/rest/client.ts'
import { newHttpsTransport } from '../../../src/client/transport/https.ts'
import type { Transport } from '../../../src/client/transport/transport.ts'
import { silentLogger as logger } from '../../../src/component-base/logger.ts'
import { type ClusterPki, ensureClusterPki } from '../../../src/pki/cluster-pki.ts'
import { drivers } from '../../../src/storage/drivers/index.ts'
import { systemClock as clock } from '../../../src/util/clock.ts'
import { startApiServer, type TestApiServer, token } from '../../support/api-server.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort } from '../../support/free-port.ts'

let directory: string
let pki: ClusterPki
let port: number
let running: TestApiServer | undefined
const transports: Transport[] = []

async function start(): Promise<TestApiServer> {
  const storage = await drivers.sqlite({ directory: join(directory, 'store'), clock })
  running = await startApiServer({ storage, tls: { certificate: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.pair.certificate } })
  await running.server.listen({ host: '127.0.0.1', port })
  return running
}

async function stop(): Promise<void> {
  await running?.stop()
  running = undefined
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restarts-'))
  pki = await ensureClusterPki({ directory: join(directory, 'pki'), apiServerHosts: ['127.0.0.1'], clock })
  port = await freePort()
})
afterEach(async () => {
  for (const transport of transports.splice(0)) transport.close()
  await stop()
  await rm(directory, { recursive: true, force: true })
})

function httpsClient(userAgent: string): Client {
  const transport = newHttpsTransport({ server: `https://127.0.0.1:${port}`, ca: pki.ca.pair.certificate, bearerToken: () => token })
  transports.push(transport)
  return newClient(transport, { userAgent })
}

const configMap = (name: string) => ({ apiVersion: 'v1' as const, kind: 'ConfigMap' as const, metadata: { namespace: 'watched', name }, data: {} })

async function seed(server: TestApiServer, ...names: string[]): Promise<void> {
  await server.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'watched' }, spec: {} })
  for (const name of names) await server.client.create(configMaps, configMap(name))
}

test('an informer goes on where it was: nothing twice, nothing lost, and versions only grow', async () => {
  await seed(await start(), 'a', 'b')
  const informers = newInformerFactory({ client: httpsClient('informer'), logger })
  const informer = informers.for(configMaps, { namespace: 'watched' })
  const seen: string[] = []
  informer.addHandler({
    add: ({ metadata }) => void seen.push(`add ${metadata.name}`),
    update: (old, { metadata }) => void (old.metadata.resourceVersion !== metadata.resourceVersion && seen.push(`update ${metadata.name}`)),
    delete: ({ metadata }) => void seen.push(`delete ${metadata.name}`),
  })
  const ending = new AbortController()
  const informing = informers.run(ending.signal)
  await eventually(() => expect(seen.toSorted()).toEqual(['add a', 'add b']))
  const before = informer.lister.get('watched/a')!.metadata.resourceVersion!
  for (const round of ['c', 'd']) {
    await stop()
    const server = await start()
    await server.client.create(configMaps, configMap(round))
    await eventually(() => expect(seen).toContain(`add ${round}`))
  }
  await running!.client.delete(configMaps, { namespace: 'watched', name: 'a' })
  await eventually(() => expect(seen).toContain('delete a'))
  expect(seen.toSorted()).toEqual(['add a', 'add b', 'add c', 'add d', 'delete a'])
  expect(BigInt(informer.lister.get('watched/d')!.metadata.resourceVersion!)).toBeGreaterThan(BigInt(before))
  ending.abort()
  await informing
})

test("the ecosystem's informer, started again when it fails, has all that is there", async () => {
  await seed(await start(), 'a', 'b')
  const config = new KubeConfig()
  config.loadFromClusterAndUser({ name: 'test', server: `https://127.0.0.1:${port}`, skipTLSVerify: true }, { name: 'admin', token })
  const core = config.makeApiClient(CoreV1Api)
  const informer = makeInformer(config, '/api/v1/namespaces/watched/configmaps', () => core.listNamespacedConfigMap({ namespace: 'watched' }))
  const names = () =>
    informer
      .list()
      .map(({ metadata }) => metadata?.name)
      .toSorted()
  await informer.start()
  await eventually(() => expect(names()).toEqual(['a', 'b']))
  await stop()
  const server = await start()
  await server.client.delete(configMaps, { namespace: 'watched', name: 'b' })
  await server.client.create(configMaps, configMap('c'))
  await eventually(async () => {
    await informer.start()
    expect(names()).toEqual(['a', 'c'])
  })
  await informer.stop()
})

test('a leader renews its lease after a restart in time, and keeps leading; the lease counts no change of leaders', async () => {
  await seed(await start())
  const lease = { namespace: 'watched', name: 'lead' }
  const ending = new AbortController()
  let led = 0
  const options = { client: httpsClient('leader'), lease, identity: 'one', leaseDurationMs: 20_000, renewDeadlineMs: 15_000, retryPeriodMs: 200, logger }
  const leading = leadWhenElected(
    options,
    (signal) => {
      led++
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    },
    ending.signal,
  )
  const held = () => running!.client.get(leases, lease)
  await eventually(() => expect(led).toBe(1))
  const before = await held()
  await stop()
  await start()
  await eventually(async () => expect((await held()).spec!.renewTime! > before.spec!.renewTime!).toBe(true))
  expect(await held()).toMatchObject({
    spec: { holderIdentity: 'one', leaseTransitions: before.spec!.leaseTransitions, acquireTime: before.spec!.acquireTime },
  })
  ending.abort()
  await leading
  expect(led).toBe(1)
})
