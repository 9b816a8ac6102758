import { expect, test } from 'vitest'
import { reconcileBinding, reconcileRole } from './reconcile-rbac.ts'

const rule = (verbs: string[], resources: string[], resourceNames?: string[]) => ({
  verbs,
  apiGroups: [''],
  resources,
  ...(resourceNames ? { resourceNames } : {}),
})
const metadata = { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' }, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' } }
const left = { ...metadata, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } }
const expected = { metadata, rules: [rule(['get', 'list'], ['pods'])] }

test.each<[string, Parameters<typeof reconcileRole>[0], object | undefined]>([
  ['complete', { metadata, rules: expected.rules }, undefined],
  ['complete in parts', { metadata, rules: [rule(['get'], ['pods']), rule(['list'], ['pods', 'nodes'])] }, undefined],
  ['more than complete', { metadata, rules: [rule(['*'], ['*'])] }, undefined],
  [
    'a verb is missing: added by itself, what somebody added stays',
    { metadata, rules: [rule(['get'], ['pods', 'secrets'])] },
    { rules: [rule(['get'], ['pods', 'secrets']), rule(['list'], ['pods'])] },
  ],
  [
    'only for some names',
    { metadata, rules: [rule(['get', 'list'], ['pods'], ['p'])] },
    { rules: [rule(['get', 'list'], ['pods'], ['p']), rule(['get'], ['pods']), rule(['list'], ['pods'])] },
  ],
  ['empty, but somebody wants it so', { metadata: left, rules: [] }, undefined],
  [
    'labels are missing, others stay',
    { metadata: { labels: { mine: 'x' } }, rules: expected.rules },
    { metadata: { labels: { ...metadata.labels, mine: 'x' }, annotations: metadata.annotations } },
  ],
  ['another label stays as it is', { metadata: { ...metadata, labels: { 'kubernetes.io/bootstrapping': 'mine' } }, rules: expected.rules }, undefined],
])('a role is %s', (_, existing, change) => {
  const result = reconcileRole(existing, expected)
  if (change) expect(result).toMatchObject(change)
  else expect(result).toBeUndefined()
})

test('the rules of a role that gathers others are not looked at; what it gathers comes back', () => {
  const gathering = { metadata, aggregationRule: { clusterRoleSelectors: [] }, rules: [] }
  expect(reconcileRole({ metadata, aggregationRule: { clusterRoleSelectors: [] }, rules: [rule(['get'], ['x'])] }, gathering)).toBeUndefined()
  expect(reconcileRole({ metadata, rules: [] }, gathering)).toMatchObject({ aggregationRule: gathering.aggregationRule })
})

const roleRef = { kind: 'ClusterRole', name: 'r' }
const user = (name: string) => ({ kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' })
const binding = { metadata, roleRef, subjects: [user('a')] }

test.each<[string, Parameters<typeof reconcileBinding>[0], object | 'replace' | undefined]>([
  ['complete', binding, undefined],
  ['of more subjects', { ...binding, subjects: [user('b'), user('a')] }, undefined],
  ['of others: the missing one is added', { ...binding, subjects: [user('b')] }, { subjects: [user('b'), user('a')] }],
  ['of another role', { ...binding, roleRef: { kind: 'ClusterRole', name: 'other' } }, 'replace'],
  ['of another role, but somebody wants it so', { ...binding, metadata: left, roleRef: { kind: 'ClusterRole', name: 'other' } }, undefined],
  ['empty, but somebody wants it so', { metadata: left, roleRef }, undefined],
])('a binding is %s', (_, existing, change) => {
  const result = reconcileBinding(existing, binding)
  if (typeof change === 'object') expect(result).toMatchObject(change)
  else expect(result).toBe(change)
})
