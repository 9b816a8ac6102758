import { expect, test } from 'vitest'
import { configMaps, deployments, nodes, pods } from '../../api/resources.ts'
import { isConflict, isGone, isNotFound } from '../../apimachinery/api-error.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { TransportError, type Transport, type TransportRequest } from '../transport/transport.ts'
import { newClient } from './client.ts'

interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}

/** Gives the answers in turn and remembers what was asked. */
function scripted(...answers: Answer[]) {
  const requests: TransportRequest[] = []
  const transport: Transport = {
    request(request) {
      requests.push(request)
      const { status = 200, headers = {}, body = {} } = answers.shift() ?? {}
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return Promise.resolve({
        status,
        headers,
        body: (async function* () {
          yield Buffer.from(text)
        })(),
      })
    },
    close() {},
  }
  const clock = new FakeClock()
  return { client: newClient(transport, { userAgent: 'test', clock }), requests, clock, transport }
}

test('paths and queries of each verb', async () => {
  const { client, requests } = scripted(...Array.from({ length: 10 }, () => ({ body: { metadata: {}, items: [] } })))
  const web = { namespace: 'default', name: 'web' }
  await client.get(pods, web)
  await client.list(deployments, { namespace: 'default', labelSelector: 'app in (a,b)', limit: 5 })
  await client.list(nodes, { namespace: 'ignored for cluster-scoped resources' })
  await client.patch(deployments, web, { type: 'apply', patch: {}, force: true }, { fieldManager: 'me', subresource: 'status' })
  await client.patch(pods, web, { type: 'strategic', patch: {} }, { dryRun: true })
  await client.delete(pods, web, { gracePeriodSeconds: 0, preconditions: { uid: 'u' } })
  await client.createSubresource(pods, web, 'binding', {})
  expect(requests.map(({ method, path, headers }) => [method, path, headers['content-type']])).toEqual([
    ['GET', '/api/v1/namespaces/default/pods/web', undefined],
    ['GET', '/apis/apps/v1/namespaces/default/deployments?labelSelector=app%20in%20(a%2Cb)&limit=5', undefined],
    ['GET', '/api/v1/nodes', undefined],
    ['PATCH', '/apis/apps/v1/namespaces/default/deployments/web/status?fieldManager=me&force=true', 'application/apply-patch+yaml'],
    ['PATCH', '/api/v1/namespaces/default/pods/web?dryRun=All', 'application/strategic-merge-patch+json'],
    ['DELETE', '/api/v1/namespaces/default/pods/web', 'application/json'],
    ['POST', '/api/v1/namespaces/default/pods/web/binding', 'application/json'],
  ])
  expect(JSON.parse(requests[5]!.body as string)).toEqual({
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    gracePeriodSeconds: 0,
    preconditions: { uid: 'u' },
  })
})

test('list items say their own kind', async () => {
  const { client } = scripted({ body: { kind: 'ConfigMapList', metadata: { resourceVersion: '7' }, items: [{ metadata: { name: 'a' } }] } })
  expect(await client.list(configMaps)).toEqual({
    metadata: { resourceVersion: '7' },
    items: [{ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } }],
  })
})

for (const { name, answer, expected } of [
  {
    name: 'Status',
    answer: { status: 404, body: { kind: 'Status', reason: 'NotFound', message: 'pods "a" not found' } },
    expected: { reason: 'NotFound', message: 'pods "a" not found', code: 404 },
  },
  { name: 'plain text of a proxy', answer: { status: 502, body: 'bad gateway\n' }, expected: { reason: '', message: 'bad gateway', code: 502 } },
  { name: 'JSON that is no Status', answer: { status: 403, body: { a: 1 } }, expected: { reason: '', code: 403 } },
]) {
  test(`refusal with ${name}`, async () => {
    const { client } = scripted(answer)
    await expect(client.get(pods, { name: 'a' })).rejects.toMatchObject(expected)
  })
}

test('Retry-After is followed; a conflict is not retried', async () => {
  const { client, requests, clock } = scripted({ status: 429, headers: { 'retry-after': '3' } }, { status: 409, body: { kind: 'Status', reason: 'Conflict' } })
  const answer = client.get(pods, { name: 'a' }).catch((error: unknown) => error)
  await clock.advance(0)
  await clock.advance(2999)
  expect(requests).toHaveLength(1)
  await clock.advance(1)
  expect(isConflict(await answer)).toBe(true)
  expect(requests).toHaveLength(2)
})

test("an eviction's 429 is given to the caller at once", async () => {
  const { client, requests } = scripted({ status: 429, headers: { 'retry-after': '10' }, body: { kind: 'Status', reason: 'TooManyRequests' } })
  await expect(client.createSubresource(pods, { namespace: 'a', name: 'a' }, 'eviction', {})).rejects.toMatchObject({ code: 429 })
  expect(requests).toHaveLength(1)
})

test('a server that does not answer is given up after 70 s', async () => {
  const clock = new FakeClock()
  const transport: Transport = {
    request: ({ signal }) => new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error))),
    close() {},
  }
  const answer = newClient(transport, { userAgent: 'test', clock })
    .get(pods, { name: 'a' })
    .catch((error: unknown) => error)
  await clock.advance(70_000)
  expect(await answer).toBeInstanceOf(TransportError)
})

const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`
const watch = (body: string) => Array.fromAsync(scripted({ body }).client.watch(pods, {}, new AbortController().signal))

test('watch events are typed', async () => {
  expect(await watch(event('ADDED', { metadata: { name: 'a' } }) + event('BOOKMARK', { metadata: { resourceVersion: '9' } }))).toEqual([
    { type: 'ADDED', object: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a' } } },
    { type: 'BOOKMARK', object: { kind: 'Pod', apiVersion: 'v1', metadata: { resourceVersion: '9' } } },
  ])
})

test('an ERROR event is thrown as ApiError', async () => {
  const error = await watch(event('ERROR', { kind: 'Status', reason: 'Expired', code: 410 })).catch((error: unknown) => error)
  expect(isGone(error)).toBe(true)
})

for (const frame of ['{"type":', '{"type":"ADDED"}\n', '{"type":"OTHER","object":{}}\n']) {
  test(`an undecodable frame is an error: ${frame.trim()}`, () => expect(watch(frame)).rejects.toThrow(TransportError))
}

test('a metadata-only client asks for PartialObjectMetadata and gives objects their own kind', async () => {
  const { transport, requests } = scripted({
    body: {
      kind: 'PartialObjectMetadataList',
      metadata: {},
      items: [{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a' } }],
    },
  })
  const { items } = await newClient(transport, { userAgent: 'test', metadataOnly: true }).list(pods)
  expect(requests[0]!.headers['accept']).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json')
  expect(items).toEqual([{ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a' } }])
})

test('a missing object is NotFound also without a body', async () => {
  const { client } = scripted({ status: 404, body: { kind: 'Status', status: 'Failure', reason: 'NotFound' } })
  expect(isNotFound(await client.get(pods, { name: 'a' }).catch((error: unknown) => error))).toBe(true)
})
