import { expect, test } from 'vitest'
import type { PolicyRule } from '../../../api/audit/v1.ts'
import type { UserInfo } from '../../authn/user.ts'
import { parseRequestInfo } from '../../http/request-info.ts'
import { defaultPolicy } from './default-policy.ts'
import { type AuditPolicy, policyEvaluator } from './evaluate.ts'

const alice: UserInfo = { name: 'alice', groups: ['dev', 'system:authenticated'], extra: new Map() }

/** @param line `GET /api/v1/pods` */
function evaluate(policy: AuditPolicy, line: string, user: UserInfo | undefined = alice) {
  const [method = '', target = ''] = line.split(' ')
  const [path = '', search = ''] = target.split('?')
  return policyEvaluator(policy)(parseRequestInfo(method, path, new URLSearchParams(search)), user)
}

const pods = '/api/v1/namespaces/ns/pods'

for (const { name, rule, matches, not } of [
  { name: 'an empty rule takes everything', rule: {}, matches: [`GET ${pods}`, 'GET /healthz'], not: [] },
  { name: 'users', rule: { users: ['alice'] }, matches: [`GET ${pods}`], not: [] },
  { name: 'other users', rule: { users: ['bob'] }, matches: [], not: [`GET ${pods}`] },
  { name: 'any of the groups', rule: { userGroups: ['ops', 'dev'] }, matches: [`GET ${pods}`], not: [] },
  {
    name: 'verbs of the API, not methods',
    rule: { verbs: ['list', 'deletecollection'] },
    matches: [`GET ${pods}`, `DELETE ${pods}`],
    not: [`GET ${pods}/x`, `DELETE ${pods}/x`],
  },
  { name: 'verbs of non-resource requests are lower-case methods', rule: { verbs: ['get'] }, matches: ['GET /version'], not: ['POST /version'] },
  {
    name: 'a group: all its resources and subresources',
    rule: { resources: [{ group: '' }] },
    matches: [`GET ${pods}`, `GET ${pods}/x/log`],
    not: ['GET /apis/apps/v1/deployments', 'GET /healthz'],
  },
  {
    name: 'a resource is not its subresources',
    rule: { resources: [{ group: '', resources: ['pods'] }] },
    matches: [`GET ${pods}/x`],
    not: [`GET ${pods}/x/log`],
  },
  {
    name: 'a subresource is not its resource',
    rule: { resources: [{ group: '', resources: ['pods/log'] }] },
    matches: [`GET ${pods}/x/log`],
    not: [`GET ${pods}/x`, `GET ${pods}/x/status`],
  },
  {
    name: 'resource/*: it and all its subresources',
    rule: { resources: [{ group: '', resources: ['pods/*'] }] },
    matches: [`GET ${pods}/x`, `GET ${pods}/x/log`],
    not: ['GET /api/v1/nodes/x/status'],
  },
  {
    name: '*/subresource: of any resource',
    rule: { resources: [{ group: '', resources: ['*/status'] }] },
    matches: [`GET ${pods}/x/status`, 'GET /api/v1/nodes/x/status'],
    not: [`GET ${pods}/x`, `GET ${pods}/x/log`],
  },
  {
    name: '*: everything of the group',
    rule: { resources: [{ group: '', resources: ['*'] }] },
    matches: [`GET ${pods}/x`, `GET ${pods}/x/log`],
    not: ['GET /apis/apps/v1/deployments'],
  },
  {
    name: 'the group counts',
    rule: { resources: [{ group: 'apps', resources: ['deployments'] }] },
    matches: ['GET /apis/apps/v1/deployments'],
    not: ['GET /apis/extensions/v1/deployments'],
  },
  {
    name: 'resourceNames',
    rule: { resources: [{ group: '', resources: ['pods'], resourceNames: ['x'] }] },
    matches: [`GET ${pods}/x`],
    not: [`GET ${pods}/y`, `GET ${pods}`, `POST ${pods}`],
  },
  {
    name: 'a name in a field selector is a name',
    rule: { resources: [{ group: '', resources: ['pods'], resourceNames: ['x'] }] },
    matches: [`GET ${pods}?fieldSelector=metadata.name=x`],
    not: [],
  },
  {
    name: 'several groups: any',
    rule: { resources: [{ group: 'apps' }, { group: '', resources: ['pods'] }] },
    matches: ['GET /apis/apps/v1/deployments', `GET ${pods}`],
    not: ['GET /api/v1/nodes'],
  },
  {
    name: 'namespaces',
    rule: { namespaces: ['ns'] },
    matches: [`GET ${pods}`, 'GET /api/v1/namespaces/ns'],
    not: ['GET /api/v1/namespaces/other/pods', 'GET /api/v1/pods', 'GET /healthz'],
  },
  { name: 'the empty namespace: what has none', rule: { namespaces: [''] }, matches: ['GET /api/v1/nodes', 'GET /api/v1/pods'], not: [`GET ${pods}`] },
  {
    name: 'namespaces and resources: both',
    rule: { namespaces: ['ns'], resources: [{ group: '', resources: ['pods'] }] },
    matches: [`GET ${pods}`],
    not: ['GET /api/v1/namespaces/ns/secrets', 'GET /api/v1/pods'],
  },
  { name: 'a path', rule: { nonResourceURLs: ['/version'] }, matches: ['GET /version'], not: ['GET /version/', 'GET /versions', `GET ${pods}`] },
  { name: 'a path with *', rule: { nonResourceURLs: ['/healthz*'] }, matches: ['GET /healthz', 'GET /healthz/etcd'], not: ['GET /health', 'GET /livez'] },
  { name: 'any path', rule: { nonResourceURLs: ['*'] }, matches: ['GET /', 'GET /apis/apps/v1'], not: [`GET ${pods}`] },
  { name: 'a path is no resource', rule: { nonResourceURLs: ['/api/*'] }, matches: ['GET /api/v1'], not: [`GET ${pods}`] },
] satisfies { name: string; rule: Omit<PolicyRule, 'level'>; matches: string[]; not: string[] }[]) {
  test(`rule: ${name}`, () => {
    const policy = { rules: [{ level: 'Request', ...rule }] }
    for (const line of matches) expect(evaluate(policy, line).level, line).toBe('Request')
    for (const line of not) expect(evaluate(policy, line).level, line).toBe('None')
  })
}

test('whoever is not authenticated is in no rule of users or groups', () => {
  const policy = { rules: [{ level: 'None', users: [''] }, { level: 'None', userGroups: ['system:unauthenticated'] }, { level: 'Metadata' }] }
  const { level } = policyEvaluator(policy)(parseRequestInfo('GET', pods, new URLSearchParams()), undefined)
  expect(level).toBe('Metadata')
})

test('the first matching rule decides; none: not audited', () => {
  const policy = {
    rules: [
      { level: 'None', verbs: ['get'] },
      { level: 'Request', resources: [{ group: '', resources: ['pods'] }] },
    ],
  }
  expect(evaluate(policy, `GET ${pods}/x`).level).toBe('None')
  expect(evaluate(policy, `POST ${pods}`).level).toBe('Request')
  expect(evaluate(policy, 'POST /api/v1/nodes').level).toBe('None')
})

test("omitted stages are the policy's and the rule's; omitManagedFields of the rule wins", () => {
  const policy: AuditPolicy = {
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [{ level: 'Request', verbs: ['get'], omitStages: ['Panic'], omitManagedFields: false }, { level: 'Metadata' }],
  }
  expect(evaluate(policy, `GET ${pods}/x`)).toMatchObject({ omitStages: new Set(['RequestReceived', 'Panic']), omitManagedFields: false })
  expect(evaluate(policy, `POST ${pods}`)).toMatchObject({ omitStages: new Set(['RequestReceived']), omitManagedFields: true })
})

const scheduler: UserInfo = { name: 'system:kube-scheduler', groups: ['system:authenticated'], extra: new Map() }
const node: UserInfo = { name: 'system:node:n', groups: ['system:nodes', 'system:authenticated'], extra: new Map() }

for (const { line, user = alice, level } of [
  // CIS 3.2.2: never their bodies, and system components are no exception.
  { line: 'GET /api/v1/namespaces/ns/secrets/s', level: 'Metadata' },
  { line: 'GET /api/v1/secrets?watch=1', user: node, level: 'Metadata' },
  { line: 'PUT /api/v1/namespaces/ns/configmaps/c', level: 'Metadata' },
  { line: 'POST /apis/authentication.k8s.io/v1/tokenreviews', level: 'Metadata' },
  { line: 'POST /api/v1/namespaces/ns/serviceaccounts/a/token', user: node, level: 'Metadata' },
  { line: `POST ${pods}/x/exec`, level: 'Metadata' },
  { line: `GET ${pods}/x/attach`, level: 'Metadata' },
  { line: `GET ${pods}/x/portforward`, level: 'Metadata' },
  { line: `GET ${pods}/x/proxy/index.html`, level: 'Metadata' },
  { line: 'GET /api/v1/namespaces/ns/services/s/proxy', level: 'Metadata' },
  { line: `POST ${pods}`, level: 'Metadata' },
  { line: 'PATCH /apis/apps/v1/namespaces/ns/deployments/d', level: 'Metadata' },
  { line: 'DELETE /apis/rbac.authorization.k8s.io/v1/clusterroles/r', level: 'Metadata' },
  { line: `GET ${pods}`, level: 'Metadata' },
  // The hum of the cluster.
  { line: 'PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n', user: node, level: 'None' },
  { line: 'PUT /apis/coordination.k8s.io/v1/namespaces/ns/leases/mine', level: 'Metadata' },
  { line: `GET ${pods}?watch=1`, user: scheduler, level: 'None' },
  { line: `POST ${pods}/x/binding`, user: scheduler, level: 'Metadata' },
  { line: 'POST /api/v1/namespaces/ns/events', level: 'None' },
  { line: 'GET /livez/ping', level: 'None' },
]) {
  test(`default policy: ${line} of ${user.name} → ${level}`, () => {
    const config = evaluate(defaultPolicy, line, user)
    expect(config.level).toBe(level)
    expect(config.omitStages).toEqual(new Set(['RequestReceived']))
  })
}
