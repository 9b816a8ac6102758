import * as fc from 'fast-check'
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

test('a changed or deleted role counts at the next question', () => {
  const { index, bind, decide, role } = cluster()
  bind('RoleBinding', 'ns', { kind: 'Role', name: 'reader' }, alice)
  expect(decide({}).outcome).toBe('allow')
  index.setRole({ ...(role as object), rules: [{ ...podReader, verbs: ['watch'] }] } as never)
  expect([decide({}).outcome, decide({ verb: 'watch' }).outcome]).toEqual(['no-opinion', 'allow'])
  index.deleteRole(role)
  expect(decide({ verb: 'watch' }).reason).toBe('RBAC: role.rbac.authorization.k8s.io "reader" not found')
  index.setRole(role)
  expect(decide({}).outcome).toBe('allow')
})

describe('the index decides as a scan of all bindings would', () => {
  const some = (...values: string[]) => fc.subarray(values, { minLength: 1 })
  const rule = fc.record({
    verbs: some('get', 'list', '*'),
    apiGroups: some('', 'apps', '*'),
    resources: some('pods', 'pods/log', '*/log', '*'),
    resourceNames: fc.option(some('p', 'q'), { nil: [] }),
  })
  const where = fc.constantFrom('', 'ns', 'other')
  const change = fc.oneof(
    fc.record({
      what: fc.constant('role' as const),
      name: fc.constantFrom('r1', 'r2'),
      rules: fc.option(fc.array(rule, { maxLength: 3 }), { nil: undefined }),
    }),
    fc.record({
      what: fc.constant('binding' as const),
      name: fc.constantFrom('b1', 'b2', 'b3'),
      namespace: where,
      role: fc.constantFrom('r1', 'r2'),
      subject: fc.option(fc.constantFrom('User/alice', 'Group/dev', 'User/bob'), { nil: undefined }),
    }),
  )
  const question = fc.record({
    verb: fc.constantFrom('get', 'list', 'watch'),
    apiGroup: fc.constantFrom('', 'apps', 'batch'),
    resource: fc.constantFrom('pods', 'jobs'),
    subresource: fc.constantFrom('', 'log'),
    name: fc.constantFrom('', 'p', 'x'),
    namespace: where,
  })

  test('after any changes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(change, question), { maxLength: 30 }), (steps) => {
        const index = new RbacIndex()
        const authorizer = rbacAuthorizer(index)
        const roles = new Map<string, readonly Rule[]>()
        const bindings = new Map<string, { namespace: string; role: string; subject: string }>()
        for (const [step, asked] of steps) {
          const metadata = { name: step.name } as never
          if (step.what === 'role') {
            if (step.rules) roles.set(step.name, step.rules)
            else roles.delete(step.name)
            if (step.rules) index.setRole({ kind: 'ClusterRole', metadata, rules: step.rules as never })
            else index.deleteRole({ kind: 'ClusterRole', metadata, rules: [] })
          } else {
            const { name, namespace, role, subject } = step
            const [kind = '', subjectName = ''] = subject?.split('/') ?? []
            const object = {
              kind: namespace ? ('RoleBinding' as const) : ('ClusterRoleBinding' as const),
              metadata: { name, ...(namespace ? { namespace } : {}) } as never,
              roleRef: { apiGroup: '', kind: 'ClusterRole', name: role },
              subjects: [{ kind, name: subjectName }],
            }
            if (subject) bindings.set(`${namespace}/${name}`, { namespace, role, subject })
            else bindings.delete(`${namespace}/${name}`)
            if (subject) index.setBinding(object)
            else index.deleteBinding(object)
          }
          const attributes = request(asked)
          const expected = [...bindings.values()].some(
            ({ namespace, role, subject }) =>
              (namespace === '' || namespace === asked.namespace) &&
              ['User/alice', 'Group/dev'].includes(subject) &&
              roles.get(role)?.some((each) => ruleAllows(each, attributes)),
          )
          expect(authorizer.authorize(attributes).outcome).toBe(expected ? 'allow' : 'no-opinion')
        }
      }),
      { numRuns: 300 },
    )
  })
})
