// Cluster IPs: out of all ServiceCIDRs, each held by its IPAddress. Source: pkg/registry/core/service/ipallocator, KEP-1880.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HttpsApiServer } from '../../support/https-api-server.ts'

let server: HttpsApiServer
const cidrs = '/apis/networking.k8s.io/v1/servicecidrs'
const addresses = '/apis/networking.k8s.io/v1/ipaddresses'
const services = '/api/v1/namespaces/default/services'

beforeAll(async () => {
  // Six addresses, one of which is that of the Service `kubernetes`.
  server = await HttpsApiServer.start({ serviceClusterIpRange: '10.99.0.0/29' })
})
afterAll(() => server[Symbol.asyncDispose]())

interface Answer {
  readonly message?: string
  readonly spec?: { readonly clusterIP?: string; readonly parentRef?: object }
}

async function call(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly answer: Answer }> {
  const { status, json } = await server.call(method, path, body && { body })
  return { status, answer: json() as Answer }
}
const createService = (name: string, spec: object = {}) => call('POST', services, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } })
const addressOf = (ip: string) => call('GET', `${addresses}/${ip}`)

test('a Service holds the IPAddress of its cluster IP for as long as it exists', async () => {
  const { answer } = await createService('holder', { clusterIP: '10.99.0.2' })
  expect(answer.spec?.clusterIP).toBe('10.99.0.2')
  expect((await addressOf('10.99.0.2')).answer.spec?.parentRef).toEqual({ resource: 'services', namespace: 'default', name: 'holder' })
  expect((await createService('second', { clusterIP: '10.99.0.2' })).answer.message).toContain(
    'failed to allocate IP 10.99.0.2: provided IP is already allocated',
  )
  await call('DELETE', `${services}/holder`)
  expect((await addressOf('10.99.0.2')).status).toBe(404)
})

test('a Service that is refused leaves no address behind', async () => {
  const refused = await createService('refused', { clusterIP: '10.99.0.2', ports: [{ port: 80, nodePort: 7 }], type: 'NodePort' })
  expect(refused.status).toBe(422)
  const invalid = await createService('Refused', { clusterIP: '10.99.0.2' })
  expect(invalid.status).toBe(422)
  expect((await call('POST', `${services}?dryRun=All`, { metadata: { name: 'dry' }, spec: { clusterIP: '10.99.0.2', ports: [{ port: 80 }] } })).status).toBe(
    201,
  )
  expect((await addressOf('10.99.0.2')).status).toBe(404)
})

test('what somebody else has noted as taken is not given away', async () => {
  const parentRef = { group: 'gateway.networking.k8s.io', resource: 'gateways', namespace: 'default', name: 'g' }
  for (const name of ['10.99.0.2', '10.99.0.3', '10.99.0.4', '10.99.0.5', '10.99.0.6']) {
    expect((await call('POST', addresses, { metadata: { name }, spec: { parentRef } })).status).toBe(201)
  }
  expect((await createService('none-left')).answer.message).toBe('Internal error occurred: failed to allocate a serviceIP: range is full')
  await call('DELETE', `${addresses}/10.99.0.4`)
  expect((await createService('one-left')).answer.spec?.clusterIP).toBe('10.99.0.4')
})

test('another ServiceCIDR is another range, until it is not ready any more', async () => {
  const outside = 'the provided network does not match the current range'
  expect((await createService('early', { clusterIP: '10.98.0.9' })).answer.message).toContain(outside)
  await call('POST', cidrs, { metadata: { name: 'more' }, spec: { cidrs: ['10.98.0.0/24'] } })
  expect((await createService('wanted', { clusterIP: '10.98.0.9' })).answer.spec?.clusterIP).toBe('10.98.0.9')
  expect((await createService('any')).answer.spec?.clusterIP).toMatch(/^10\.98\.0\./)
  const conditions = [{ type: 'Ready', status: 'False', reason: 'Terminating', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' }]
  const { answer } = await call('GET', `${cidrs}/more`)
  await call('PUT', `${cidrs}/more/status`, { ...answer, status: { conditions } })
  expect((await createService('late', { clusterIP: '10.98.0.10' })).answer.message).toContain(outside)
  await call('PUT', `${cidrs}/more/status`, { ...(await call('GET', `${cidrs}/more`)).answer, status: {} })
  await call('DELETE', `${services}/wanted`)
  expect((await addressOf('10.98.0.9')).status).toBe(404)
})

test('an IPAddress that is deleted under its Service comes back, with an Event; a changed one is made anew', async () => {
  const { answer } = await createService('kept', { type: 'ClusterIP' })
  const ip = answer.spec!.clusterIP!
  const path = `${addresses}/${ip}`
  const parentRef = { resource: 'services', namespace: 'default', name: 'kept' }
  await call('DELETE', path)
  await expect.poll(async () => (await addressOf(ip)).answer.spec?.parentRef).toEqual(parentRef)
  const events = async () =>
    (await call('GET', '/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dkept')).answer as { items: { message: string }[] }
  await expect.poll(async () => (await events()).items.map(({ message }) => message)).toEqual([`Cluster IP [IPv4]: ${ip} is not allocated; repairing`])
  await server.call('PATCH', path, { type: 'application/merge-patch+json', body: { metadata: { labels: null } } })
  await expect
    .poll(async () => (await server.call('GET', path)).json())
    .toMatchObject({ metadata: { labels: { 'ipaddress.kubernetes.io/ip-family': 'IPv4' } } })
})

test('an IPAddress that says that it is a Service’s, but names none, goes', async () => {
  const path = `${addresses}/10.97.0.1`
  const labels = { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' }
  const spec = { parentRef: { resource: 'pods', namespace: 'default', name: 'p' } }
  expect((await call('POST', addresses, { metadata: { name: '10.97.0.1', labels }, spec })).status).toBe(201)
  await expect.poll(async () => (await call('GET', path)).status).toBe(404)
})
