// Versions and uids of writes, beyond the recorded scenarios. Source: k8s.io/apiserver pkg/registry/generic/registry/store.go (Update),
// pkg/storage/etcd3/store.go (Create), pkg/storage/interfaces.go (Preconditions.Check).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HttpsApiServer } from '../../support/https-api-server.ts'

let server: HttpsApiServer
const configMaps = '/api/v1/namespaces/default/configmaps'
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const scale = '/apis/apps/v1/namespaces/default/deployments/none/scale'

beforeAll(async () => {
  server = await HttpsApiServer.start()
  await server.call('POST', configMaps, { body: { metadata: { name: 'there' } } })
})
afterAll(() => server[Symbol.asyncDispose]())

const otherUid = (resource: string, name: string, key: string, found: RegExp | '') =>
  new RegExp(
    `^409 Operation cannot be fulfilled on ${resource} "${name}": StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, ` +
      `AdditionalErrorMsg: Precondition failed: UID in precondition: u, UID in object meta: ${found === '' ? '' : found.source}$`,
  )

describe('versions and uids', () => {
  test.each<[string, string, object, RegExp]>([
    ['POST', configMaps, { name: 'new', resourceVersion: '5' }, /^500 resourceVersion should not be set on objects to be created$/],
    ['POST', configMaps, { name: 'there', resourceVersion: '5' }, /^500 resourceVersion should not/],
    ['POST', `${configMaps}?dryRun=All`, { name: 'new', resourceVersion: '5' }, /^201/],
    ['POST', configMaps, { name: 'no-number', resourceVersion: 'abc' }, /^201/],
    ['PUT', `${configMaps}/there`, { name: 'there', resourceVersion: 'abc' }, /^500 strconv.ParseUint: parsing "abc": invalid syntax$/],
    ['PUT', `${configMaps}/there`, { name: 'there', uid: 'u' }, otherUid('configmaps', 'there', '/registry/configmaps/default/there', /[0-9a-f-]{36}/)],
    // An object with a uid that is gone is a conflict, not an absence.
    ['PUT', `${configMaps}/gone`, { name: 'gone', uid: 'u' }, otherUid('configmaps', 'gone', '/registry/configmaps/default/gone', '')],
    ['PUT', scale, { name: 'none', uid: 'u' }, otherUid('deployments.apps', 'none', '/registry/deployments/default/none', '')],
    ['PUT', `${configMaps}/gone`, { name: 'gone' }, /^404 configmaps "gone" not found$/],
    // A version guards what would be changed: where a PUT creates there is nothing.
    ['PUT', `${leases}/l`, { name: 'l', resourceVersion: '5' }, /^201/],
    [
      'PUT',
      `${leases}/l`,
      { name: 'l' },
      /^422 leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update$/,
    ],
    // Whatever is not there is told from what cannot be.
    ['DELETE', `${configMaps}/..`, {}, /^400 Name parameter invalid: "..": may not be '..'$/],
    ['PUT', `${leases}/a%25b`, { name: 'a%b' }, /^400 Name parameter invalid: "a%b": may not contain '%'$/],
    ['PUT', `${leases}/m`, { name: 'm', uid: 'u' }, otherUid('leases.coordination.k8s.io', 'm', '/registry/leases/default/m', '')],
  ])('%s %s %j', async (method, path, metadata, answer) => {
    const { status, json } = await server.call(method, path, { body: { metadata } })
    const { message = '' } = json() as { message?: string }
    expect(`${status} ${message}`).toMatch(answer)
  })
})

describe('what a body calls itself', () => {
  const cannot = (kind: string, why: string) => `400 ${kind} in version "v1" cannot be handled as a ConfigMap: ${why}`
  const unknownConversion = (type: string) => `converting (${type}) to (core.ConfigMap): unknown conversion`
  test.each([
    ['/v1', 'ConfigMap', '201 '],
    ['/', 'ConfigMap', '201 '],
    ['v1', 'DeleteOptions', cannot('DeleteOptions', unknownConversion('v1.DeleteOptions'))],
    ['apps/v1', 'WatchEvent', cannot('WatchEvent', unknownConversion('v1.WatchEvent'))],
    ['example.com/v1', 'Status', cannot('Status', unknownConversion('v1.Status'))],
    [
      'example.com/v1',
      'ConfigMap',
      cannot('ConfigMap', 'no kind "ConfigMap" is registered for version "example.com/v1" in scheme "pkg/api/legacyscheme/scheme.go:30"'),
    ],
  ])('%s %s', async (apiVersion, kind, answer) => {
    const { status, json } = await server.call('POST', `${configMaps}?dryRun=All`, { body: { apiVersion, kind, metadata: { name: 'named' } } })
    const { message = '' } = json() as { message?: string }
    expect(`${status} ${message}`).toBe(answer)
  })
})

/** Source: pkg/registry/core/service/strategy.go (AllowCreateOnUpdate). */
test('a PUT creates a Service that is not there, with what it is given out', async () => {
  const path = '/api/v1/namespaces/default/services/by-put'
  const body = { metadata: { name: 'by-put' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }
  const statuses = []
  for (const _ of ['created', 'kept']) statuses.push((await server.call('PUT', path, { body })).status)
  expect(statuses).toEqual([201, 200])
  const { spec } = (await server.call('GET', path)).json() as { spec: { clusterIP: string; ports: readonly { nodePort: number }[] } }
  expect(spec.clusterIP).toMatch(/^10\.96\./)
  expect(spec.ports[0]!.nodePort).toBeGreaterThanOrEqual(30_000)
})

/** Source: pkg/registry/core/service/strategy.go (dropTypeDependentFields). */
test('a Service that is no longer a load balancer shows none', async () => {
  const path = '/api/v1/namespaces/default/services/balanced'
  const ports = ['a', 'b'].map((name, index) => ({ name, port: 80 + index }))
  await server.call('PUT', path, { body: { metadata: { name: 'balanced' }, spec: { type: 'LoadBalancer', ports } } })
  const loadBalancer = { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] }
  const patch = async (at: string, body: object) => {
    const { json } = await server.call('PATCH', at, { body, type: 'application/merge-patch+json' })
    return json() as { spec: { ports: readonly { nodePort?: number }[] }; status: object }
  }
  const balanced = await patch(`${path}/status`, { status: { loadBalancer } })
  expect(balanced.status).toEqual({ loadBalancer })
  const plain = await patch(path, { spec: { type: 'ClusterIP', ports: balanced.spec.ports.slice(0, 1) } })
  expect(plain.status).toEqual({ loadBalancer: {} })
  expect(plain.spec.ports).toMatchObject([{ name: 'a', port: 80 }])
  expect(plain.spec.ports[0]).not.toHaveProperty('nodePort')
})
