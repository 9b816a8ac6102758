import { describe, expect, test } from 'vitest'
import { user } from '../../authn/well-known-users.ts'
import { bootstrapObjects } from './bootstrap-objects.ts'
import { rbacAuthorizer } from './rbac-authorizer.ts'
import { RbacIndex } from './rbac-index.ts'
import { ruleAllows } from './rule-matcher.ts'
import type { Attributes, Rule } from '../authorizer.ts'

/** `get ns/pods/p/log.apps`-like shorthand would hide more than it shows; a request is spelt out. */
function request(over: Partial<Attributes>): Attributes {
  return {
    user: user('alice', ['dev']),
    verb: 'get',
    isResourceRequest: true,
    apiGroup: '',
    apiVersion: 'v1',
    namespace: 'ns',
    resource: 'pods',
    subresource: '',
    name: 'p',
    path: '',
    ...over,
  }
}

const podReader: Rule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }

describe('a rule', () => {
  for (const [name, rule, asked, allowed] of [
    ['covers its verb', podReader, {}, true],
    ['does not cover another verb', podReader, { verb: 'watch' }, false],
    ['does not cover another group', podReader, { apiGroup: 'apps' }, false],
    ['does not cover a subresource', podReader, { subresource: 'log' }, false],
    ['names a subresource', { ...podReader, resources: ['pods/log'] }, { subresource: 'log' }, true],
    ['names a subresource of everything', { ...podReader, resources: ['*/log'] }, { subresource: 'log' }, true],
    ['a subresource of everything is not the thing itself', { ...podReader, resources: ['*/log'] }, {}, false],
    ['names everything', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verb: 'deletecollection', subresource: 'log', apiGroup: 'x' }, true],
    ['is narrowed by names', { ...podReader, resourceNames: ['q'] }, {}, false],
    ['covers its names', { ...podReader, resourceNames: ['p', 'q'] }, {}, true],
    ['with names never covers a request without one', { ...podReader, resourceNames: ['p'] }, { verb: 'list', name: '' }, false],
    ['for resources is not for paths', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { isResourceRequest: false, path: '/metrics' }, false],
    ['covers a path', { verbs: ['get'], nonResourceURLs: ['/metrics'] }, { isResourceRequest: false, path: '/metrics' }, true],
    ['covers a subtree', { verbs: ['get'], nonResourceURLs: ['/healthz/*'] }, { isResourceRequest: false, path: '/healthz/ping' }, true],
    ['a subtree is not its root', { verbs: ['get'], nonResourceURLs: ['/healthz/*'] }, { isResourceRequest: false, path: '/healthz' }, false],
    ['a star alone covers all paths', { verbs: ['get'], nonResourceURLs: ['*'] }, { isResourceRequest: false, path: '/x' }, true],
  ] as const satisfies readonly (readonly [string, Rule, Partial<Attributes>, boolean])[]) {
    test(name, () => expect(ruleAllows(rule, request(asked))).toBe(allowed))
  }
})

function cluster() {
  const index = new RbacIndex()
  const authorizer = rbacAuthorizer(index)
  const role = { kind: 'Role', metadata: { name: 'reader', namespace: 'ns' }, rules: [podReader] } as never
  const clusterRole = { kind: 'ClusterRole', metadata: { name: 'reader' }, rules: [podReader] } as never
  index.setRole(role)
  index.setRole(clusterRole)
  const bind = (kind: string, namespace: string | undefined, roleRef: { kind: string; name: string }, ...subjects: object[]) => {
    const binding = { kind, metadata: { name: 'b', ...(namespace ? { namespace } : {}) }, roleRef, subjects } as never
    index.setBinding(binding)
    return binding
  }
  return { index, authorizer, role, bind, decide: (over: Partial<Attributes>) => authorizer.authorize(request(over)) }
}
const alice = { kind: 'User', name: 'alice' }

test('a role binding grants a role in its namespace, and says so', () => {
  const { bind, decide } = cluster()
  bind('RoleBinding', 'ns', { kind: 'Role', name: 'reader' }, alice)
  expect(decide({})).toEqual({ outcome: 'allow', reason: 'RBAC: allowed by RoleBinding "b/ns" of Role "reader" to User "alice"' })
  expect(decide({ namespace: 'other' }).outcome).toBe('no-opinion')
  expect(decide({ namespace: '' }).outcome).toBe('no-opinion')
})

test('a cluster role counts in a namespace through a role binding, everywhere through a cluster role binding', () => {
  const { index, bind, decide } = cluster()
  const binding = bind('RoleBinding', 'ns', { kind: 'ClusterRole', name: 'reader' }, alice)
  expect(decide({}).outcome).toBe('allow')
  expect(decide({ namespace: 'other' }).outcome).toBe('no-opinion')
  index.deleteBinding(binding)
  expect(decide({}).outcome).toBe('no-opinion')
  bind('ClusterRoleBinding', undefined, { kind: 'ClusterRole', name: 'reader' }, { kind: 'Group', name: 'dev' })
  expect(decide({ namespace: 'other' }).reason).toBe('RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "reader" to Group "dev"')
  expect(decide({ namespace: '' }).outcome).toBe('allow')
})

test('a service account subject without a namespace is one of the binding’s namespace', () => {
  const { bind, decide } = cluster()
  bind('RoleBinding', 'ns', { kind: 'Role', name: 'reader' }, { kind: 'ServiceAccount', name: 'robot' })
  expect(decide({ user: user('system:serviceaccount:ns:robot', []) }).reason).toBe(
    'RBAC: allowed by RoleBinding "b/ns" of Role "reader" to ServiceAccount "robot/ns"',
  )
  expect(decide({ user: user('system:serviceaccount:default:robot', []) }).outcome).toBe('no-opinion')
})

test('a changed binding forgets its old subjects', () => {
  const { bind, decide } = cluster()
  bind('RoleBinding', 'ns', { kind: 'Role', name: 'reader' }, alice)
  bind('RoleBinding', 'ns', { kind: 'Role', name: 'reader' }, { kind: 'User', name: 'bob' })
  expect(decide({}).outcome).toBe('no-opinion')
})

test('a binding of a missing role is named in the reason', () => {
  const { bind, decide } = cluster()
  bind('RoleBinding', 'ns', { kind: 'ClusterRole', name: 'gone' }, alice)
  expect(decide({})).toEqual({ outcome: 'no-opinion', reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found' })
})

test('names of users and roles that objects have built in are ordinary names', () => {
  const { bind, decide } = cluster()
  for (const name of ['__proto__', 'constructor', 'toString']) {
    expect(decide({ user: user(name, [name]) }).outcome).toBe('no-opinion')
    bind('RoleBinding', 'ns', { kind: 'Role', name: 'reader' }, { kind: 'User', name })
    expect(decide({ user: user(name, []) }).outcome).toBe('allow')
  }
})

test('the bootstrap objects are those of an upstream cluster without alpha gates', () => {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapObjects()
  expect([clusterRoles.length, clusterRoleBindings.length, roles.length, roleBindings.length]).toEqual([69, 50, 7, 7])
  expect(clusterRoleBindings.find((b) => b.metadata.name === 'cluster-admin')).toEqual({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: {
      name: 'cluster-admin',
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'Group', name: 'system:masters', apiGroup: 'rbac.authorization.k8s.io' }],
  })
})
