import { expect, test } from 'vitest'
import type { ClusterRole } from '../../api/rbac/v1.ts'
import { decide } from './decide.ts'

const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] })
const role = (name: string, labels: Record<string, string>, ...resources: string[]) =>
  ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name, labels }, rules: resources.map(rule) }) as unknown as ClusterRole
const aggregated = (name: string, selectors: Record<string, string>[], ...resources: string[]): ClusterRole => ({
  ...role(name, { to: 'view' }, ...resources),
  aggregationRule: { clusterRoleSelectors: selectors.map((matchLabels) => ({ matchLabels })) },
})

const b = role('b', { to: 'view' }, 'pods', 'services')
const a = role('a', { to: 'view' }, 'secrets')
const without = { ...role('d', { to: 'view' }), rules: null } as unknown as ClusterRole
const edit = role('c', { to: 'edit' }, 'pods', 'nodes')

for (const { name, subject, others, expected } of [
  { name: 'not aggregated: left alone', subject: role('plain', {}), others: [a], expected: undefined },
  { name: 'gathered by name of the role', subject: aggregated('view', [{ to: 'view' }]), others: [b, a], expected: ['secrets', 'pods', 'services'] },
  {
    name: 'in the order of the selectors, each rule once',
    subject: aggregated('all', [{ to: 'edit' }, { to: 'view' }]),
    others: [a, b, edit],
    expected: ['pods', 'nodes', 'secrets', 'services'],
  },
  { name: 'as it should be: nothing to write', subject: aggregated('view', [{ to: 'view' }], 'secrets'), others: [a], expected: undefined },
  { name: 'rules written by hand go', subject: aggregated('view', [{ to: 'view' }], 'nodes'), others: [a], expected: ['secrets'] },
  { name: 'selects itself: its own rules do not count', subject: aggregated('view', [{ to: 'view' }], 'nodes'), others: [], expected: [] },
  { name: 'a role whose rules are null has none', subject: aggregated('view', [{ to: 'view' }]), others: [without, a], expected: ['secrets'] },
  {
    name: 'null rules are as good as none',
    subject: { ...aggregated('view', [{ to: 'view' }]), rules: without.rules! },
    others: [without],
    expected: undefined,
  },
]) {
  test(name, () => expect(decide(subject, [subject, ...others])?.map((each) => each.resources?.[0])).toEqual(expected))
}
