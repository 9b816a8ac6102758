// Names and paths lead to what was authorized, and to nothing else.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterRoleBindings, configMaps, nodes, roleBindings, roles, secrets } from '../../../../src/api/resources.ts'
import { asAdmin, bodyOf, exchange, type SecurityServer, startSecurityServer, statusOf } from './server.ts'

let server: SecurityServer
const canary = 'canary-of-the-other-namespace'
beforeAll(async () => {
  server = await startSecurityServer()
  server.user('alice')
  const { client } = server
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { namespace: 'kube-system', name: 'other' },
    data: { key: btoa(canary) },
  })
  await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'mine' }, data: { a: '1' } })
  await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node', annotations: { canary } }, spec: {} })
  // Everything in her namespace, whatever the group and the resource.
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
  await client.create(roles, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { namespace: 'default', name: 'all' }, rules })
  await client.create(roleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { namespace: 'default', name: 'all' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'all' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'alice' }],
  })
})
afterAll(() => server.stop())

const asAlice = (path: string, method = 'GET') => `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\nConnection: close\r\n\r\n`
const inBase64 = btoa(canary)

test('the rights of these tests: her own namespace and no other', async () => {
  expect(statusOf(await exchange(server.port, asAlice('/api/v1/namespaces/default/configmaps/mine')))).toBe(200)
  expect(statusOf(await exchange(server.port, asAlice('/api/v1/namespaces/kube-system/secrets/other')))).toBe(403)
  expect(bodyOf(await exchange(server.port, asAdmin('GET', '/api/v1/namespaces/kube-system/secrets/other')))).toContain(inBase64)
})

for (const path of [
  '/api/v1/namespaces/default/nodes/node',
  '/api/v1/namespaces/default/nodes',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/default/clusterroles/cluster-admin',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/default/clusterrolebindings',
  '/apis/apiextensions.k8s.io/v1/namespaces/default/customresourcedefinitions',
  '/api/v1/namespaces/default/nodes/node/proxy/',
  '/api/v1/namespaces/default/nodes/node/status',
]) {
  test(`CVE-2019-11247: ${path} is no way to a cluster-scoped object`, async () => {
    const answer = await exchange(server.port, asAlice(path))
    expect(statusOf(answer)).toBe(404)
    expect(answer).not.toContain(canary)
    for (const method of ['DELETE', 'PUT', 'PATCH']) expect([404, 405]).toContain(statusOf(await exchange(server.port, asAlice(path, method))))
  })
}

test('CVE-2019-11247: nothing was deleted that way', async () => {
  expect((await server.client.get(nodes, { name: 'node' })).metadata.name).toBe('node')
  expect((await server.client.list(clusterRoleBindings)).items.length).toBeGreaterThan(0)
})

const dots = [
  '..',
  '%2e%2e',
  '%2E%2e',
  '..%2f',
  '%2e%2e%2f',
  '%252e%252e',
  '.',
  '%2e',
  '..%5c',
  '%c0%ae%c0%ae',
  '..;',
  '%00',
  '..%00',
  '..%2fkube-system%2fother',
]
const paths = [
  ...dots.flatMap((dot) => [
    `/api/v1/namespaces/default/secrets/${dot}/kube-system/other`,
    `/api/v1/namespaces/default/${dot}/kube-system/secrets/other`,
    `/api/v1/namespaces/${dot}/kube-system/secrets/other`,
    `/api/v1/namespaces/default/configmaps/${dot}/${dot}/secrets/kube-system/other`,
    `/api/v1/namespaces/default/configmaps/${dot}`,
    `/api/v1/${dot}/api/v1/namespaces/kube-system/secrets/other`,
    `/apis/${dot}/v1/secrets`,
    `/apis/apps/${dot}/deployments`,
    `/apis/apps/v1/namespaces/default/${dot}`,
    `/apis/${dot}/${dot}/registry/secrets/kube-system/other`,
    `/${dot}/api/v1/secrets`,
  ]),
  // The key of the other object, if names were parts of paths: /registry/configmaps/default/../../secrets/kube-system/other
  '/api/v1/namespaces/default/configmaps/..%2f..%2fsecrets%2fkube-system%2fother',
  '/api/v1/namespaces/default/configmaps/%2e%2e%2F%2e%2e%2Fsecrets%2Fkube-system%2Fother',
  '/api/v1/namespaces/default/configmaps/..%252f..%252fsecrets%252fkube-system%252fother',
  '/api/v1/namespaces/default/configmaps/%2fregistry%2fsecrets%2fkube-system%2fother',
  '//api/v1/namespaces/kube-system/secrets/other',
  '/api//v1/namespaces/kube-system/secrets/other',
  '/api/v1/namespaces//secrets/kube-system/other',
  '/api/v1/namespaces/default%2fsecrets/../kube-system/other',
  '/api/v1/namespaces/kube-system%2fsecrets%2fother',
  '/api/v1/secrets/kube-system%2fother',
  '/api/v1/secrets/kube-system/other',
  '/api/v1/namespaces/kube-system/secrets/other%3fx',
  '/api/v1/watch/namespaces/kube-system/secrets/other',
  '/apis/__proto__/v1/constructor',
  '/apis/constructor/prototype/__proto__/x',
  '/api/v1/namespaces/__proto__/__proto__/__proto__',
]

test(`CVE-2022-3162, CVE-2015-5305: ${paths.length} paths with tricks show nothing of another namespace or resource`, async () => {
  for (const path of paths) {
    const answer = await exchange(server.port, asAlice(path))
    expect([301, 400, 403, 404, 405], path).toContain(statusOf(answer))
    expect(answer, path).not.toContain(inBase64)
    expect(answer, path).not.toContain(canary)
  }
})

test('CVE-2022-3162: an administrator neither finds other resources under a name', async () => {
  for (const path of paths.filter((each) => each.includes('configmaps'))) {
    const answer = await exchange(server.port, asAdmin('GET', path))
    expect(answer, path).not.toContain(inBase64)
  }
})

test('CVE-2022-3162: a continue token leads nowhere outside of its list', async () => {
  const token = (start: string, rv: number) => Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url')
  const { metadata } = await server.client.list(configMaps, { namespace: 'default' })
  const rv = Number(metadata.resourceVersion)
  for (const start of [
    '../kube-system/',
    '../../secrets/kube-system/other',
    'a/../../kube-system/x',
    './x',
    '/registry/secrets/kube-system/other',
    '..',
    'x\0/../..',
    '\0',
    '~',
    '',
  ]) {
    for (const revision of [rv, -1]) {
      const answer = await exchange(server.port, asAlice(`/api/v1/namespaces/default/configmaps?limit=1&continue=${token(start, revision)}`))
      expect([200, 400, 410], start).toContain(statusOf(answer))
      expect(answer).not.toContain(inBase64)
      if (statusOf(answer) !== 200) continue
      const list = JSON.parse(bodyOf(answer)) as { items: readonly { metadata: { namespace: string } }[]; kind: string }
      expect(
        [list.kind, ...list.items.map((each) => each.metadata.namespace)].every((each) => each === 'ConfigMapList' || each === 'default'),
        start,
      ).toBe(true)
    }
  }
})

test('CVE-2022-3162: objects cannot be named so', async () => {
  for (const name of ['..', '.', 'a/b', 'a%2fb', '../x', 'a\0b', '..%2f']) {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name } } as const
    await expect(server.client.create(configMaps, object), name).rejects.toMatchObject({ code: 422 })
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { namespace: 'default', name }, rules: [] } as const
    if (name !== 'a\0b') await expect(server.client.create(roles, role), name).rejects.toMatchObject({ code: 422 })
  }
})
