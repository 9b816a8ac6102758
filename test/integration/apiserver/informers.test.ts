// Lists, watches and informers as the ecosystem's own client sees them (@kubernetes/client-node), and watches by the thousand.
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { CoreV1Api, KubeConfig, type KubernetesObject, makeInformer, Watch } from '@kubernetes/client-node'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { adminToken, HttpsApiServer } from '../../support/https-api-server.ts'
import { eventually } from '../../support/eventually.ts'

interface WatchEvent {
  readonly type: string
  readonly object: KubernetesObject & { readonly code?: number; readonly reason?: string; readonly message?: string }
}

let server: HttpsApiServer
let config: KubeConfig
let core: CoreV1Api
/** A namespace for each test. */
let namespace = ''
let tests = 0

beforeAll(async () => {
  server = await HttpsApiServer.start()
  config = new KubeConfig()
  config.loadFromClusterAndUser({ name: 'test', server: server.url, skipTLSVerify: true }, { name: 'admin', token: adminToken })
  core = config.makeApiClient(CoreV1Api)
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  namespace = `informers-${++tests}`
  await core.createNamespace({ body: { metadata: { name: namespace } } })
})

const path = () => `/api/v1/namespaces/${namespace}/configmaps`
const create = (name: string, data: Record<string, string> = {}) => core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data } })
const nameOf = ({ metadata }: KubernetesObject) => metadata?.name ?? ''

/** Watches until `enough`; gives the events. */
function watched(
  query: Record<string, string | boolean>,
  enough: (events: readonly WatchEvent[]) => boolean,
): { events: WatchEvent[]; done: Promise<unknown> } {
  const events: WatchEvent[] = []
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const started = new Watch(config).watch(
    path(),
    query,
    (type, object: WatchEvent['object']) => {
      events.push({ type, object })
      if (enough(events)) void started.then((controller) => controller.abort())
    },
    resolve,
  )
  started.catch(reject)
  return { events, done: promise }
}

test('an informer sees what is, what comes, what changes and what goes', async () => {
  await create('before')
  const informer = makeInformer(config, path(), () => core.listNamespacedConfigMap({ namespace }))
  const seen: string[] = []
  for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, (object) => void seen.push(`${verb} ${nameOf(object)}`))
  informer.on('error', (error: unknown) => void seen.push(`error ${String(error)}`))
  await informer.start()
  await create('after')
  await eventually(() => expect(seen).toContain('add after'))
  await core.patchNamespacedConfigMap({ namespace, name: 'after', body: [{ op: 'add', path: '/data', value: { a: 'b' } }] })
  await eventually(() => expect(seen).toContain('update after'))
  expect(informer.get('after', namespace)).toMatchObject({ data: { a: 'b' } })
  await core.deleteNamespacedConfigMap({ namespace, name: 'before' })
  await eventually(() => expect(seen).toContain('delete before'))
  expect(informer.list().map(nameOf)).toEqual(['after'])
  expect(seen).toEqual(['add before', 'add after', 'update after', 'delete before'])
  await informer.stop()
})

test('an informer that is started again lists again: nothing is lost, nothing stays that is gone', async () => {
  await create('kept')
  await create('gone')
  const informer = makeInformer(config, path(), () => core.listNamespacedConfigMap({ namespace }))
  await informer.start()
  await eventually(() => expect(informer.list().map(nameOf).toSorted()).toEqual(['gone', 'kept']))
  await informer.stop()
  await core.deleteNamespacedConfigMap({ namespace, name: 'gone' })
  await create('new')
  await informer.start()
  await eventually(() => expect(informer.list().map(nameOf).toSorted()).toEqual(['kept', 'new']))
  await informer.stop()
})

test('a watch from a forgotten version ends with 410; after a new list the next one goes on', async () => {
  await create('one')
  const old = watched({ resourceVersion: '1' }, (events) => events.length > 0)
  await old.done
  expect(old.events.map(({ type, object }) => [type, object.code, object.reason])).toEqual([['ERROR', 410, 'Expired']])
  const { items, metadata } = await core.listNamespacedConfigMap({ namespace })
  expect(items.map(nameOf)).toEqual(['one'])
  const next = watched({ resourceVersion: metadata!.resourceVersion! }, (events) => events.length === 1)
  await create('two')
  await next.done
  expect(next.events.map(({ type, object }) => [type, nameOf(object)])).toEqual([['ADDED', 'two']])
})

test('a streamed list: the objects, then the bookmark that ends them, then changes', async () => {
  await create('a')
  await create('b')
  const query = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true }
  const { events, done } = watched(query, (seen) => seen.length === 4)
  await eventually(() => expect(events).toHaveLength(3))
  await create('c')
  await done
  expect(events.map(({ type, object }) => `${type} ${nameOf(object)}`)).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK ', 'ADDED c'])
  expect(events[2]!.object.metadata!.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' })
  const listed = Number(events[2]!.object.metadata!.resourceVersion)
  expect(listed).toBeGreaterThanOrEqual(Number(events[1]!.object.metadata!.resourceVersion))
  expect(listed).toBeLessThan(Number(events[3]!.object.metadata!.resourceVersion))
})

test('a watch of limited time says with a bookmark how far it came', async () => {
  await create('a')
  const { metadata } = await core.listNamespacedConfigMap({ namespace })
  const { events, done } = watched({ resourceVersion: metadata!.resourceVersion!, allowWatchBookmarks: true, timeoutSeconds: '3' }, () => false)
  await done
  expect(events.map(({ type }) => type)).toEqual(['BOOKMARK'])
})

function open(session: ClientHttp2Session, query: string): Promise<ClientHttp2Stream> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Stream>()
  const stream = session.request({ ':path': `${path()}?watch=true&${query}`, authorization: `Bearer ${adminToken}` })
  stream.once('response', () => resolve(stream))
  stream.once('error', reject)
  return promise
}

const newSession = () => connect(server.url, { rejectUnauthorized: false })

test('five thousand idle watches cost little, hinder nobody, and hear what they wait for', async () => {
  const watchesPerConnection = 100
  const bytesPerWatchMax = 100 * 1024
  const before = process.memoryUsage.rss()
  const sessions = Array.from({ length: 50 }, newSession)
  try {
    const opened = sessions.flatMap((session) => Array.from({ length: watchesPerConnection }, () => open(session, 'fieldSelector=metadata.name%3Dawaited')))
    const streams = await Promise.all(opened)
    let heard = 0
    for (const stream of streams) stream.once('data', () => heard++)
    for (let index = 0; index < 20; index++) await create(`other-${index}`)
    expect(heard).toBe(0)
    await create('awaited')
    await eventually(() => expect(heard).toBe(5000))
    // Both ends of every watch are in this process.
    expect(process.memoryUsage.rss() - before).toBeLessThan(streams.length * bytesPerWatchMax)
  } finally {
    for (const session of sessions) session.destroy()
  }
})

test('a watcher that does not read is closed, and the others are not held up', async () => {
  const session = newSession()
  try {
    const { metadata } = await core.listNamespacedConfigMap({ namespace })
    const from = `resourceVersion=${metadata!.resourceVersion!}`
    const slow = await open(session, from)
    slow.pause()
    const quick = await open(session, from)
    let read = 0
    quick.on('data', (chunk: Buffer) => (read += chunk.length))
    await create('large')
    // More than the events that are kept for those who are behind.
    const [updates, bytes] = [60, 800_000]
    for (let index = 0; index < updates; index++) {
      await core.replaceNamespacedConfigMap({ namespace, name: 'large', body: { metadata: { name: 'large' }, data: { a: `${index}`.padEnd(bytes, 'x') } } })
    }
    await eventually(() => expect(read).toBeGreaterThan(updates * bytes))
    let got = 0
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    slow.on('data', (chunk: Buffer) => (got += chunk.length))
    slow.once('close', resolve)
    slow.resume()
    await ended
    expect(got).toBeLessThan(updates * bytes)
  } finally {
    session.destroy()
  }
})
