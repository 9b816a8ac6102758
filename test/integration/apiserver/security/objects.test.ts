// What users may write into objects, and how much a request of theirs may cost.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterRoleBindings, clusterRoles, configMaps, endpoints, endpointSlices, services } from '../../../../src/api/resources.ts'
import type { Client } from '../../../../src/client/client.ts'
import { adminToken, asAdmin, bodyOf, exchange, type SecurityServer, startSecurityServer, statusOf } from './server.ts'

let server: SecurityServer
beforeAll(async () => {
  server = await startSecurityServer()
})
afterAll(() => server.stop())

const namespace = 'default'
const service = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { ports: [{ port: 80 }], ...spec },
})

async function allow(name: string, rules: readonly object[]): Promise<Client> {
  await server.client.create(clusterRoles, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules } as never)
  await server.client.create(clusterRoleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name }],
  })
  return server.user(name)
}

test('CVE-2020-8554: new external IPs are refused; old ones stay', async () => {
  const refused = { code: 403, message: expect.stringContaining('Use of external IPs is denied by admission control.') }
  const ips = { externalIPs: ['203.0.113.7'] }
  await expect(server.client.create(services, service('mitm', ips) as never)).rejects.toMatchObject(refused)
  await server.client.create(services, service('plain') as never)
  const patched = server.client.patch(services, { namespace, name: 'plain' }, { type: 'merge', patch: { spec: ips } })
  await expect(patched).rejects.toMatchObject(refused)
  const applied = { type: 'apply', patch: service('applied', ips) } as const
  await expect(server.client.patch(services, { namespace, name: 'applied' }, applied, { fieldManager: 'm' })).rejects.toMatchObject(refused)
})

test('CVE-2020-8554: who may write services may not write their status', async () => {
  const mallory = await allow('mallory', [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'create', 'update', 'patch'] }])
  const status = { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } }
  const name = { namespace, name: 'lb' }
  await mallory.create(services, { ...service('lb', { type: 'LoadBalancer' }), status } as never)
  await mallory.patch(services, name, { type: 'merge', patch: { status } })
  await mallory.patch(services, name, { type: 'apply', patch: { ...service('lb', { type: 'LoadBalancer' }), status }, force: true }, { fieldManager: 'm' })
  const live = await mallory.get(services, name)
  await mallory.update(services, { ...live, status })
  await expect(mallory.patch(services, name, { type: 'merge', patch: { status } }, { subresource: 'status' })).rejects.toMatchObject({ code: 403 })
  expect((await server.client.get(services, name)).status?.loadBalancer?.ingress).toBeUndefined()
  // The right of its own is what it takes.
  await server.client.patch(services, name, { type: 'merge', patch: { status } }, { subresource: 'status' })
  expect((await server.client.get(services, name)).status?.loadBalancer?.ingress).toHaveLength(1)
})

test('CVE-2021-25740: who may edit a namespace may not say where its services end, unless a role of yours lets them', async () => {
  await server.client.create(clusterRoleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'editor' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:aggregate-to-edit' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'editor' }],
  })
  const editor = server.user('editor')
  await editor.create(services, service('edited') as never)
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'other', namespace },
    addressType: 'IPv4',
    endpoints: [],
    ports: [],
  }
  const manual = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'edited', namespace } }
  await expect(editor.create(endpointSlices, slice as never)).rejects.toMatchObject({ code: 403 })
  await expect(editor.create(endpoints, manual as never)).rejects.toMatchObject({ code: 403 })
  // The way back to how it was.
  await server.client.patch(
    clusterRoles,
    { name: 'mallory' },
    { type: 'merge', patch: { rules: [{ apiGroups: ['discovery.k8s.io', ''], resources: ['endpointslices', 'endpoints'], verbs: ['create'] }] } },
  )
  await server.user('mallory').create(endpointSlices, slice as never)
})

for (const [address, family] of [
  ['127.0.0.1', 'IPv4'],
  ['127.255.255.254', 'IPv4'],
  ['169.254.169.254', 'IPv4'],
  ['224.0.0.1', 'IPv4'],
  ['0.0.0.0', 'IPv4'],
  ['::1', 'IPv6'],
  ['fe80::1', 'IPv6'],
  ['febf::1', 'IPv6'],
  ['ff02::1', 'IPv6'],
  ['::', 'IPv6'],
  ['::ffff:127.0.0.1', 'IPv6'],
  ['::ffff:a9fe:a9fe', 'IPv6'],
] as const) {
  test(`CVE-2021-25737: ${address} is no endpoint`, async () => {
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace, name: 'slice' },
      addressType: family,
      endpoints: [{ addresses: [address] }],
      ports: [],
    }
    await expect(server.client.create(endpointSlices, slice as never)).rejects.toMatchObject({ code: 422, reason: 'Invalid' })
    const subsets = [{ addresses: [{ ip: address }], ports: [{ port: 80 }] }]
    const old = { apiVersion: 'v1', kind: 'Endpoints', metadata: { namespace, name: 'endpoints' }, subsets }
    await expect(server.client.create(endpoints, old as never)).rejects.toMatchObject({ code: 422, reason: 'Invalid' })
  })
}

const patchOf = (operations: readonly object[]) => {
  const body = JSON.stringify(operations)
  const head = `Content-Type: application/json-patch+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
  return asAdmin('PATCH', `/api/v1/namespaces/${namespace}/configmaps/c`, head) + body
}

test('CVE-2019-1002100: a JSON patch has at most 10,000 operations', async () => {
  await server.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'c' }, data: { a: 'x' } })
  const operation = { op: 'test', path: '/data/a', value: 'x' }
  expect(statusOf(await exchange(server.port, patchOf(Array.from({ length: 10_000 }, () => operation))))).toBe(200)
  const refused = await exchange(server.port, patchOf(Array.from({ length: 10_001 }, () => operation)))
  expect([statusOf(refused), JSON.parse(bodyOf(refused)).reason]).toEqual([413, 'RequestEntityTooLarge'])
})

test('CVE-2019-1002100: copies grow no further than a request body may', async () => {
  const copies = (count: number) => [
    { op: 'add', path: '/data/big', value: 'x'.repeat(90_000) },
    ...Array.from({ length: count }, (_each, i) => ({ op: 'copy', from: '/data/big', path: `/data/big${i}` })),
    ...Array.from({ length: count }, (_each, i) => ({ op: 'remove', path: `/data/big${i}` })),
  ]
  // 30 copies are 2.7 MB, 40 are 3.6 MB; either way nothing of them is left at the end.
  expect(statusOf(await exchange(server.port, patchOf(copies(30))))).toBe(200)
  const refused = await exchange(server.port, patchOf(copies(40)))
  expect([statusOf(refused), JSON.parse(bodyOf(refused)).reason]).toEqual([422, 'Invalid'])
  // An object that holds itself twice, and so on: 2^24 times 64 bytes.
  const doublings = Array.from({ length: 24 }, (_each, i) => [
    { op: 'add', path: `/x${i + 1}`, value: {} },
    { op: 'copy', from: `/x${i}`, path: `/x${i + 1}/l` },
    { op: 'copy', from: `/x${i}`, path: `/x${i + 1}/r` },
  ]).flat()
  const answer = await exchange(server.port, patchOf([{ op: 'add', path: '/x0', value: 'x'.repeat(64) }, ...doublings]))
  expect([statusOf(answer), answer.length < 64 * 1024]).toEqual([422, true])
  expect(statusOf(await exchange(server.port, asAdmin('GET', '/healthz')))).toBe(200)
})

test('CVE-2019-11248: no profiles or debug pages on any path, also not for the administrator; strangers are refused first', async () => {
  for (const path of [
    '/debug/pprof/',
    '/debug/pprof/heap',
    '/debug/pprof/profile?seconds=1',
    '/debug/flags/v',
    '/debug/requests',
    '/healthz/debug/pprof',
    '/debug/vars',
  ]) {
    expect(statusOf(await exchange(server.port, asAdmin('GET', path))), path).toBe(404)
    const stranger = await exchange(server.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(statusOf(stranger), path).toBe(403)
    expect(stranger).not.toContain(adminToken)
  }
})
