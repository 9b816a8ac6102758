// One cache, two groups: who watches Events in one of them is never told in the words of the other, whoever was first.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HttpsApiServer } from '../../support/https-api-server.ts'

let server: HttpsApiServer
beforeAll(async () => void (server = await HttpsApiServer.start()))
afterAll(() => server[Symbol.asyncDispose]())

const paths = ['/api/v1/namespaces/default/events', '/apis/events.k8s.io/v1/namespaces/default/events'] as const
const versions = ['v1', 'events.k8s.io/v1']

const post = async (name: string) => {
  const involvedObject = { kind: 'Pod', namespace: 'default', name: 'p' }
  const body = { metadata: { name }, involvedObject, reason: 'Seen', message: `about ${name}`, type: 'Normal', count: 1, source: { component: 'test' } }
  expect((await server.call('POST', paths[0], { body })).status).toBe(201)
}

for (const { name, accept, seen } of [
  {
    name: 'objects',
    accept: 'application/json',
    seen: (line: string) => {
      const { object } = JSON.parse(line) as { object: Record<string, unknown> }
      return [object['apiVersion'], object['message'] ?? object['note']]
    },
  },
  {
    name: 'rows of a Table with their objects',
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    seen: (line: string) => {
      const { object } = JSON.parse(line) as { object: { rows: readonly { object: Record<string, unknown> }[] } }
      return [object.rows[0]!.object['apiVersion'], object.rows[0]!.object['message'] ?? object.rows[0]!.object['note']]
    },
  },
]) {
  test(name, async () => {
    const { metadata } = (await server.call('GET', paths[0])).json() as { metadata: { resourceVersion: string } }
    const query = `?watch=1&timeoutSeconds=2&includeObject=Object&resourceVersion=${metadata.resourceVersion}`
    const watches = [...paths, ...paths.toReversed()].map((path) => server.call('GET', path + query, { headers: { accept } }))
    const id = name.split(' ')[0]!.toLowerCase()
    await post(`${id}-1`)
    await post(`${id}-2`)
    const answers = (await Promise.all(watches)).map(({ text }) => text.trimEnd().split('\n').map(seen))
    const expected = versions.map((version) => [1, 2].map((n) => [version, `about ${id}-${n}`]))
    expect(answers).toEqual([...expected, ...expected.toReversed()])
  })
}
