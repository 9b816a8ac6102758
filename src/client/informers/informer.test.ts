import { expect, test } from 'vitest'
import type { ConfigMap } from '../../api/core/v1.ts'
import { configMaps } from '../../api/resources.ts'
import { ApiError } from '../../apimachinery/api-error.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import type { List, ListOptions, WatchEvent, WatchOptions } from '../client.ts'
import { newInformerFactory } from './factory.ts'
import { type RunnableInformer, newInformer } from './shared-informer.ts'

type Frame = WatchEvent<ConfigMap> | Error

/** A server whose watches are written by the test; each watch ends when the test says so. */
class FakeServer {
  readonly requests: string[] = []
  lists: (List<ConfigMap> | Error)[] = []
  #watches: { frames: Frame[]; wake: () => void; ended: boolean }[] = []
  #refusals: Error[] = []

  refuse(error: Error) {
    this.#refusals.push(error)
  }

  send(...frames: Frame[]) {
    const watch = this.#watches.at(-1)!
    watch.frames.push(...frames)
    watch.wake()
  }

  end() {
    const watch = this.#watches.at(-1)!
    watch.ended = true
    watch.wake()
  }

  readonly client = {
    list: <T>(_: unknown, { resourceVersion, continue: token }: ListOptions = {}) => {
      this.requests.push(token ? `list continue=${token}` : `list rv=${resourceVersion}`)
      const answer = this.lists.shift()!
      return (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)) as Promise<List<T>>
    },
    watch: <T>(_: unknown, options: WatchOptions, signal: AbortSignal) => this.#watch(options, signal) as AsyncIterable<WatchEvent<T>>,
  }

  async *#watch({ sendInitialEvents, resourceVersion }: WatchOptions, signal: AbortSignal): AsyncGenerator<WatchEvent<ConfigMap>> {
    this.requests.push(sendInitialEvents ? 'stream' : `watch rv=${resourceVersion}`)
    const refusal = this.#refusals.shift()
    if (refusal) throw refusal
    const watch = { frames: [] as Frame[], wake() {}, ended: false }
    this.#watches.push(watch)
    for (;;) {
      signal.throwIfAborted()
      const frame = watch.frames.shift()
      if (frame instanceof Error) throw frame
      else if (frame) yield frame
      else if (watch.ended) return
      else
        await new Promise<void>((resolve) => {
          watch.wake = resolve
          signal.addEventListener('abort', () => resolve())
        })
    }
  }
}

function object(name: string, resourceVersion: string, uid = name, labels: Record<string, string> = {}): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'default', name, uid, resourceVersion, creationTimestamp: '', labels },
    data: { deep: 'value' },
  }
}
const added = (...args: Parameters<typeof object>): Frame => ({ type: 'ADDED', object: object(...args) })
const modified = (...args: Parameters<typeof object>): Frame => ({ type: 'MODIFIED', object: object(...args) })
const deleted = (...args: Parameters<typeof object>): Frame => ({ type: 'DELETED', object: object(...args) })
const bookmark = (resourceVersion: string, annotations = {}): Frame => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion, annotations } } as ConfigMap,
})
const initialEnd = (resourceVersion: string) => bookmark(resourceVersion, { 'k8s.io/initial-events-end': 'true' })
const expired = new ApiError('Expired', 'too old')

function record(informer: RunnableInformer<ConfigMap>): string[] {
  const seen: string[] = []
  const text = ({ metadata: { name, resourceVersion } }: ConfigMap) => `${name}@${resourceVersion}`
  informer.addHandler({
    add: (object, { initial }) => seen.push(`${initial ? 'initial' : 'add'} ${text(object)}`),
    update: (old, object) => seen.push(old === object ? `resync ${text(object)}` : `update ${text(old)} ${text(object)}`),
    delete: (object, { stale }) => seen.push(`delete ${text(object)}${stale ? ' stale' : ''}`),
  })
  return seen
}

async function start() {
  const server = new FakeServer()
  const clock = new FakeClock()
  const informer = newInformer(configMaps, { client: server.client, clock, rand: () => 0, freeze: true })
  const seen = record(informer)
  const ending = new AbortController()
  const running = informer.run(ending.signal)
  const turn = () => clock.advance(0)
  return {
    server,
    clock,
    informer,
    seen,
    turn,
    stop: async () => {
      ending.abort()
      await running
    },
  }
}

test('streams the first state, then follows', async () => {
  const { server, informer, seen, turn, stop } = await start()
  server.send(added('a', '1'), added('b', '2'))
  await turn()
  expect([informer.hasSynced(), seen]).toEqual([false, []])
  server.send(initialEnd('2'), modified('a', '3'), deleted('b', '4'), added('c', '5'))
  await turn()
  expect(seen).toEqual(['initial a@1', 'initial b@2', 'update a@1 a@3', 'delete b@4', 'add c@5'])
  expect(informer.hasSynced()).toBe(true)
  expect(informer.lister.all().map((o) => o.metadata.name)).toEqual(['a', 'c'])
  await stop()
})

test('a server that cannot stream is listed, page by page', async () => {
  const other = new FakeServer()
  other.refuse(new ApiError('Invalid', 'sendInitialEvents is forbidden'))
  other.lists = [
    { metadata: { resourceVersion: '9', continue: 'x' }, items: [object('a', '1')] },
    { metadata: { resourceVersion: '9' }, items: [object('b', '2')] },
  ]
  const informer = newInformer(configMaps, { client: other.client, clock: new FakeClock(), rand: () => 0 })
  const ending = new AbortController()
  const running = informer.run(ending.signal)
  await informer.synced(ending.signal)
  await new Promise(setImmediate)
  expect(other.requests).toEqual(['stream', 'list rv=0', 'list continue=x', 'watch rv=9'])
  expect(informer.lister.all()).toHaveLength(2)
  ending.abort()
  await running
})

test('a closed watch is resumed from the last version, bookmarks included', async () => {
  const { server, clock, turn, stop } = await start()
  server.send(added('a', '1'), initialEnd('1'))
  await turn()
  server.end()
  await turn()
  server.send(bookmark('7'))
  await clock.advance(2000)
  server.end()
  await turn()
  expect(server.requests).toEqual(['stream', 'watch rv=1', 'watch rv=7'])
  await stop()
})

test('410 starts again; what vanished meanwhile is deleted as stale, what is unchanged is a resync', async () => {
  const { server, seen, turn, stop } = await start()
  server.send(added('a', '1'), added('b', '2'), initialEnd('2'), expired)
  await turn()
  server.send(added('a', '1'), added('c', '5'), initialEnd('5'))
  await turn()
  expect(server.requests).toEqual(['stream', 'stream'])
  expect(seen.slice(2)).toEqual(['resync a@1', 'add c@5', 'delete b@2 stale'])
  await stop()
})

test('an object made anew under the same name is a deletion and an addition', async () => {
  const { server, seen, turn, stop } = await start()
  server.send(added('a', '1', 'uid-1'), initialEnd('1'), expired)
  await turn()
  server.send(added('a', '8', 'uid-2'), initialEnd('8'))
  await turn()
  expect(seen).toEqual(['initial a@1', 'delete a@1 stale', 'add a@8'])
  await stop()
})

test('failures back off: 800 ms, then twice that; the version is kept', async () => {
  const { server, clock, turn, stop } = await start()
  server.send(added('a', '1'), initialEnd('1'), new Error('connection reset'))
  await turn()
  expect(server.requests).toEqual(['stream'])
  server.refuse(new Error('connection refused'))
  await clock.advance(800)
  expect(server.requests).toEqual(['stream', 'watch rv=1'])
  await clock.advance(1599)
  expect(server.requests).toHaveLength(2)
  await clock.advance(1)
  expect(server.requests).toEqual(['stream', 'watch rv=1', 'watch rv=1'])
  await stop()
})

test('a late handler gets everything cached; a removed one nothing', async () => {
  const { server, informer, turn, stop } = await start()
  server.send(added('a', '1'), initialEnd('1'))
  await turn()
  const seen: string[] = []
  const remove = informer.addHandler({ add: (o, { initial }) => seen.push(`${o.metadata.name} ${initial}`) })
  remove()
  server.send(added('b', '2'))
  await turn()
  expect(seen).toEqual(['a true'])
  await stop()
})

test('a handler that throws harms neither the others nor the cache', async () => {
  const { server, informer, turn, stop } = await start()
  informer.addHandler({
    add() {
      throw new Error('mistake')
    },
  })
  const seen = record(informer)
  server.send(added('a', '1'), initialEnd('1'), added('b', '2'))
  await turn()
  expect(seen).toEqual(['initial a@1', 'add b@2'])
  await stop()
})

test('cached objects are frozen at every depth', async () => {
  const { server, informer, turn, stop } = await start()
  server.send(added('a', '1'), initialEnd('1'))
  await turn()
  const cached = informer.lister.get('default/a')! as { data: Record<string, string> }
  expect(() => (cached.data['deep'] = 'changed')).toThrow(TypeError)
  await stop()
})

test('indexes follow changes, also when added late', async () => {
  const { server, informer, turn, stop } = await start()
  server.send(added('a', '1', 'a', { app: 'web' }), added('b', '2', 'b', { app: 'web' }), initialEnd('2'))
  await turn()
  informer.addIndex('app', (o) => (o.metadata.labels?.['app'] ? [o.metadata.labels['app']] : []))
  server.send(modified('a', '3', 'a', { app: 'db' }))
  await turn()
  const names = (value: string) => informer.lister.byIndex('app', value).map((o) => o.metadata.name)
  expect([names('web'), names('db'), names('none')]).toEqual([['b'], ['a'], []])
  expect(informer.lister.inNamespace('default')).toHaveLength(2)
  await stop()
})

test('a factory shares one informer per resource and selector and starts late ones', async () => {
  const server = new FakeServer()
  const factory = newInformerFactory({ client: server.client, clock: new FakeClock() })
  const early = factory.for(configMaps)
  expect(factory.for(configMaps)).toBe(early)
  const ending = new AbortController()
  const running = factory.run(ending.signal)
  expect(factory.for(configMaps, { namespace: 'kube-system' })).not.toBe(early)
  await new Promise(setImmediate)
  expect(server.requests).toEqual(['stream', 'stream'])
  ending.abort()
  await running
  await expect(factory.synced(ending.signal)).rejects.toThrow()
})
