import { expect, test } from 'vitest'
import type { ApiRequest } from '../http/api-request.ts'
import { newOpenapiHandler } from './openapi-handler.ts'

const handle = newOpenapiHandler()
async function get(target: string, headers: Record<string, string> = {}) {
  const url = new URL(target, 'https://server')
  const response = await handle({ method: 'GET', headers, query: url.searchParams, info: { path: url.pathname } } as unknown as ApiRequest)
  return response && { ...response, json: response.body === undefined ? undefined : JSON.parse(Buffer.from(response.body as Uint8Array).toString()) }
}

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value)) {
    if (key === '$ref' && typeof member === 'string') yield member
    else yield* references(member)
  }
}

test('the index leads to documents that are complete in themselves', async () => {
  const { paths } = (await get('/openapi/v3'))!.json as { paths: Record<string, { serverRelativeURL: string }> }
  expect(Object.keys(paths)).toContain('apis/apps/v1')
  for (const { serverRelativeURL } of Object.values(paths)) {
    const { status, headers, json } = (await get(serverRelativeURL))!
    expect([status, headers?.['cache-control']]).toEqual([200, 'public, immutable'])
    const missing = [...references(json)].filter((ref) => !Object.hasOwn(json.components.schemas, ref.slice('#/components/schemas/'.length)))
    expect(missing).toEqual([])
  }
})

test('a known ETag is 304; an outdated hash leads to the current one', async () => {
  const { headers } = (await get('/openapi/v3/api/v1'))!
  expect((await get('/openapi/v3/api/v1', { 'if-none-match': String(headers?.['etag']) }))!.status).toBe(304)
  expect((await get('/openapi/v3/api/v1?hash=OLD'))!.status).toBe(301)
  expect((await get('/openapi/v3/apis/none/v1'))!.status).toBe(404)
})

test('kubectl finds what it looks for: field validation on PATCH, kinds, merge keys, required fields, texts', async () => {
  const { json } = (await get('/openapi/v3/api/v1'))!
  const { patch, parameters } = json.paths['/api/v1/namespaces/{namespace}/pods/{name}']
  expect(patch.parameters.map((p: { name: string }) => p.name)).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force'])
  expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: '', kind: 'Pod', version: 'v1' })
  expect(parameters.map((p: { name: string }) => p.name)).toEqual(['namespace', 'name', 'pretty'])
  const { PodSpec, Container } = Object.fromEntries(['PodSpec', 'Container'].map((name) => [name, json.components.schemas[`io.k8s.api.core.v1.${name}`]]))
  expect(PodSpec.required).toEqual(['containers'])
  expect(PodSpec.properties.containers).toMatchObject({
    type: 'array',
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
    items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
  })
  expect(Container.properties.name).toMatchObject({ type: 'string', default: '' })
  expect(Container.properties.imagePullPolicy.enum).toEqual(['Always', 'IfNotPresent', 'Never'])
  expect(Container.description).toContain('single application container')
})

test('v2 comes as JSON and as the protobuf message; nothing else is acceptable', async () => {
  const { json, headers } = (await get('/openapi/v2', { accept: 'application/json' }))!
  expect([json.swagger, headers?.['content-type']]).toEqual(['2.0', 'application/json'])
  expect([...references(json)].filter((ref) => !Object.hasOwn(json.definitions, ref.slice('#/definitions/'.length)))).toEqual([])
  const packed = await handle({
    method: 'GET',
    headers: { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' },
    query: new URLSearchParams(),
    info: { path: '/openapi/v2' },
  } as unknown as ApiRequest)
  expect(packed?.headers?.['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
  // Document.swagger = "2.0", Document.info.title = "Kubernetes"
  expect(Buffer.from(packed!.body as Uint8Array).subarray(0, 5)).toEqual(Buffer.from([0x0a, 3, 0x32, 0x2e, 0x30]))
  expect((await get('/openapi/v2', { accept: 'text/html' }))!.status).toBe(406)
})

for (const [accept, type] of [
  ['application/com.github.proto-openapi.spec.v3@v1.0+protobuf', 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'],
  ['application/com.github.proto-openapi.spec.v3.v1.0+protobuf, application/json;q=0.5', 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'],
  ['application/json, application/com.github.proto-openapi.spec.v3.v1.0+protobuf', 'application/json'],
  ['application/*', 'application/json'],
  ['text/html, */*', 'application/json'],
] as const) {
  test(`v3 for who accepts ${accept}`, async () => {
    const request = { method: 'GET', headers: { accept }, query: new URLSearchParams(), info: { path: '/openapi/v3/apis/apps/v1' } }
    const { status, headers } = (await handle(request as unknown as ApiRequest))!
    const asJson = (await get('/openapi/v3/apis/apps/v1'))!.headers
    // Both forms have one ETag.
    expect([status, headers?.['content-type'], headers?.['etag']]).toEqual([200, type, asJson?.['etag']])
  })
}

test('v3 for who accepts neither', async () => {
  expect((await get('/openapi/v3/api/v1', { accept: 'text/html' }))!.status).toBe(406)
})
