// Lists, watches and their paths, beyond the recorded scenarios. Source: k8s.io/apiserver pkg/endpoints/handlers/get.go,
// pkg/endpoints/request/requestinfo.go, pkg/storage/cacher/cacher.go (computeListLimit), pkg/storage/continue.go.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HttpsApiServer, nobodyToken } from '../../support/https-api-server.ts'
import type { Reply } from '../../support/https-call.ts'

let server: HttpsApiServer
const configMaps = '/api/v1/namespaces/default/configmaps'
const watched = '/api/v1/watch/namespaces/default/configmaps'

beforeAll(async () => {
  server = await HttpsApiServer.start()
  for (const name of ['a', 'b', 'c']) {
    await server.call('POST', configMaps, { body: { metadata: { name, ...(name === 'a' ? { labels: { first: 'yes' } } : {}) } } })
  }
})
afterAll(() => server[Symbol.asyncDispose]())

const statusOf = (reply: Reply) => `${reply.status} ${String(reply.json()['message'])}`

describe('pages', () => {
  test.each([
    ['limit=1', ['a'], true, 2],
    ['limit=3', ['a', 'b', 'c'], false, undefined],
    // Whether anything is left is asked of all objects, not of the selected.
    ['limit=1&labelSelector=first', ['a'], true, undefined],
    ['limit=1&fieldSelector=metadata.name%3Da', ['a'], false, undefined],
    ['limit=1&fieldSelector=metadata.name!%3Da', ['b'], true, undefined],
    // Whoever takes any state gets all of it.
    ['limit=1&resourceVersion=0', ['a', 'b', 'c'], false, undefined],
    ['limit=1&resourceVersion=0&resourceVersionMatch=NotOlderThan', ['a', 'b', 'c'], false, undefined],
    ['watch=False', ['a', 'b', 'c'], false, undefined],
  ] as const)('%s', async (query, names, more, remaining) => {
    const { metadata, items } = (await server.call('GET', `${configMaps}?${query}`)).json() as {
      metadata: { continue?: string; remainingItemCount?: number }
      items: { metadata: { name: string } }[]
    }
    expect([items.map((item) => item.metadata.name), metadata.continue !== undefined, metadata.remainingItemCount]).toEqual([names, more, remaining])
  })
})

// An empty object, as upstream's internal type has it: a number of replicas is no pointer there. Source: pkg/apis/apps/types.go, cacher.go.
test('the bookmark of a kind with replicas', async () => {
  const specs = ['/apis/apps/v1/deployments', '/api/v1/replicationcontrollers'].map(async (path) => {
    const { text } = await server.call('GET', `${path}?watch=1&timeoutSeconds=1&allowWatchBookmarks=1`)
    const { type, object } = JSON.parse(text) as { type: string; object: { spec: object } }
    return [type, object.spec]
  })
  expect(await Promise.all(specs)).toEqual([
    ['BOOKMARK', { replicas: 0, selector: null, template: { metadata: {}, spec: { containers: null } }, strategy: {} }],
    ['BOOKMARK', {}],
  ])
})

// Source: apimachinery pkg/apis/meta/internalversion/defaults.go, cacher.go (Watch: newErrWatcher), pkg/endpoints/handlers/get.go.
describe('how watches begin', () => {
  const end = 'BOOKMARK true'
  test.each([
    // A watch of any state says where that ends, to those who take bookmarks.
    ['watch=1&allowWatchBookmarks=1', ['ADDED a', end]],
    ['watch=1&allowWatchBookmarks=1&resourceVersion=0', ['ADDED a', end]],
    ['watch=1', ['ADDED a']],
    // What the query asks to begin with lies in the future: the stream says so.
    ['watch=1&sendInitialEvents=1&resourceVersionMatch=NotOlderThan&resourceVersion=99999', ['ERROR Timeout']],
  ])('%s', async (query, events) => {
    const { status, text } = await server.call('GET', `${configMaps}?${query}&timeoutSeconds=1&fieldSelector=metadata.name%3Da`)
    const told = text.split('\n').filter(Boolean).map(eventOf)
    expect([status, told]).toEqual([200, events])
  })

  function eventOf(line: string): string {
    const { type, object } = JSON.parse(line) as {
      type: string
      object: { reason?: string; metadata: { name?: string; annotations?: Record<string, string> } }
    }
    return `${type} ${object.reason ?? object.metadata.name ?? object.metadata.annotations?.['k8s.io/initial-events-end']}`
  }
})

describe('options are checked before fields, and after selectors', () => {
  test.each([
    ['fieldSelector=foo%3D1&resourceVersionMatch=x', 422],
    ['fieldSelector=foo&resourceVersionMatch=x', 400],
    ['labelSelector=a+b&resourceVersionMatch=x', 400],
  ])('%s', async (query, status) => {
    expect((await server.call('GET', `${configMaps}?${query}`)).status).toBe(status)
    expect((await server.call('DELETE', `${configMaps}?dryRun=All&${query}`)).status).toBe(status)
  })
})

describe('the paths of watches', () => {
  test.each([
    ['GET', `${watched}/a?fieldSelector=metadata.name%3Db`, "400 fieldSelector metadata.name doesn't match requested name"],
    ['GET', `${watched}/a/status`, '404 the server could not find the requested resource'],
    ['GET', '/api/v1/watch/namespaces/default/pods/p/log', '404 the server could not find the requested resource'],
    ['GET', '/api/v1/watch/namespaces/default/namespaces', '404 the server could not find the requested resource'],
    ['GET', '/api/v1/namespaces/default/namespaces', '404 the server could not find the requested resource'],
    ['GET', '/api/v1/namespaces/default/namespaces/kube-system', '404 the server could not find the requested resource'],
    ['DELETE', '/api/v1/namespaces/default/namespaces/kube-system', '404 the server could not find the requested resource'],
    ['PUT', '/api/v1/namespaces/default/namespaces/kube-system/finalize', '404 the server could not find the requested resource'],
    ['GET', '/api/v1/proxy/namespaces/default/configmaps/a', '404 the server could not find the requested resource'],
  ])('%s %s', async (method, path, answer) => {
    expect(statusOf(await server.call(method, path))).toBe(answer)
  })

  test('half a path is no Status', async () => {
    const { status, text, headers } = await server.call('GET', '/api/v1/watch?limit=1&fieldSelector=<a>')
    expect([status, headers['content-type'], text]).toEqual([
      500,
      'text/plain; charset=utf-8',
      'Internal Server Error: "/api/v1/watch?limit=1&amp;fieldSelector=&lt;a&gt;": failed to create RequestInfo: ' +
        'unable to determine kind and namespace from url, /api/v1/watch?limit=1&amp;fieldSelector=&lt;a&gt;\n',
    ])
  })

  test('who may watch may not write through them', async () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['watch'] }]
    await server.call('POST', `${rbac}/roles`, { body: { metadata: { name: 'watchers' }, rules } })
    const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'nobody' }]
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'watchers' }
    await server.call('POST', `${rbac}/rolebindings`, { body: { metadata: { name: 'watchers' }, subjects, roleRef } })
    const asNobody = { token: nobodyToken }
    const see = () => server.call('GET', `${watched}/a?timeoutSeconds=1`, asNobody)
    await expect.poll(async () => (await see()).status).toBe(200)
    const body = { metadata: { name: 'a' }, data: { stolen: 'yes' } }
    const attempts = [
      await server.call('POST', watched, { ...asNobody, body: { metadata: { name: 'planted' } } }),
      await server.call('PUT', `${watched}/a`, { ...asNobody, body }),
      await server.call('PATCH', `${watched}/a`, { ...asNobody, body, type: 'application/merge-patch+json' }),
      await server.call('DELETE', `${watched}/a`, asNobody),
      await server.call('DELETE', watched, asNobody),
    ]
    expect(attempts.map(({ status }) => status)).toEqual([405, 405, 405, 405, 405])
    const left = (await server.call('GET', configMaps)).json() as { items: { metadata: { name: string }; data?: object }[] }
    expect(left.items.map(({ metadata, data }) => [metadata.name, data])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['c', undefined],
    ])
  })
})
