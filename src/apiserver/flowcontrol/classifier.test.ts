import { expect, test } from 'vitest'
import type { FlowSchema, FlowSchemaSpec } from '../../api/flowcontrol/v1.ts'
import { user } from '../authn/well-known-users.ts'
import { mandatoryFlowSchemas, mandatoryPriorityLevels, suggestedFlowSchemas, suggestedPriorityLevels } from './bootstrap-objects.ts'
import { Classifier } from './classifier.ts'
import { digest, levelSpecOf } from './configuration.ts'
import { infoOf } from './fake/requests.ts'
import { FlowSchemaEntry } from './flow-schema.ts'
import { FlowStatistics } from './flow-statistics.ts'
import { PriorityLevel } from './priority-level.ts'

const levelObjects = [...mandatoryPriorityLevels, ...suggestedPriorityLevels] as never[]

function classifierOf(schemas: readonly unknown[]): Classifier {
  const levels = new Map(
    levelObjects.map((object) => {
      const spec = levelSpecOf(object)
      if (typeof spec === 'string') throw new Error(spec)
      return [spec.name, new PriorityLevel(spec, 0, () => {})]
    }),
  )
  const specs = digest(levelObjects, schemas as FlowSchema[]).schemas
  return new Classifier(specs.map((spec) => new FlowSchemaEntry(spec, levels.get(spec.level)!, new FlowStatistics(spec.name, spec.level))))
}

const authenticated = 'system:authenticated'
const account = (namespace: string, name: string) =>
  user(`system:serviceaccount:${namespace}:${name}`, ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, authenticated])
const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/l'

const bootstrap = classifierOf([...mandatoryFlowSchemas, ...suggestedFlowSchemas])
for (const { who, line, schema, level, flow } of [
  { who: user('root', ['system:masters', authenticated]), line: 'GET /api/v1/pods', schema: 'exempt', level: 'exempt', flow: '' },
  { who: user('system:anonymous', ['system:unauthenticated']), line: 'GET /readyz', schema: 'probes', level: 'exempt', flow: '' },
  { who: user('system:anonymous', ['system:unauthenticated']), line: 'GET /readyz/etcd', schema: 'probes', level: 'exempt', flow: '' },
  {
    who: user('system:anonymous', ['system:unauthenticated']),
    line: 'GET /readyzz',
    schema: 'global-default',
    level: 'global-default',
    flow: 'system:anonymous',
  },
  {
    who: user('system:kube-scheduler', [authenticated]),
    line: `PUT ${lease}`,
    schema: 'system-leader-election',
    level: 'leader-election',
    flow: 'system:kube-scheduler',
  },
  { who: user('system:kube-scheduler', [authenticated]), line: `PATCH ${lease}`, schema: 'kube-scheduler', level: 'workload-high', flow: 'kube-system' },
  {
    who: account('kube-system', 'c'),
    line: `GET ${lease}`,
    schema: 'system-leader-election',
    level: 'leader-election',
    flow: 'system:serviceaccount:kube-system:c',
  },
  {
    who: account('kube-system-2', 'c'),
    line: `GET ${lease}`,
    schema: 'service-accounts',
    level: 'workload-low',
    flow: 'system:serviceaccount:kube-system-2:c',
  },
  {
    who: account('kube-system', 'c'),
    line: 'GET /api/v1/namespaces/ns/pods',
    schema: 'kube-system-service-accounts',
    level: 'workload-high',
    flow: 'ns',
  },
  {
    who: user('system:node:n', ['system:nodes', authenticated]),
    line: 'PATCH /api/v1/nodes/n/status',
    schema: 'system-node-high',
    level: 'node-high',
    flow: 'system:node:n',
  },
  {
    who: user('system:node:n', ['system:nodes', authenticated]),
    line: 'PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n',
    schema: 'system-node-high',
    level: 'node-high',
    flow: 'system:node:n',
  },
  {
    who: user('system:node:n', ['system:nodes', authenticated]),
    line: 'GET /api/v1/pods',
    schema: 'system-nodes',
    level: 'system',
    flow: 'system:node:n',
  },
  // Neither authenticated nor unauthenticated: nothing matches.
  { who: user('nobody', []), line: 'GET /api/v1/pods', schema: 'catch-all', level: 'catch-all', flow: '' },
] as const) {
  test(`${who.name}: ${line} -> ${schema}`, () => {
    const { info } = infoOf(line)
    const entry = bootstrap.classify(info, who)
    expect([entry.spec.name, entry.level.name, entry.flowOf(info, who).distinguisher]).toEqual([schema, level, flow])
  })
}

const schemaOf = (name: string, matchingPrecedence: number, rules: FlowSchemaSpec['rules']) => ({
  metadata: { name },
  spec: { priorityLevelConfiguration: { name: 'workload-low' }, matchingPrecedence, rules },
})
const subjects = [{ kind: 'Group', group: { name: '*' } }]
const resources = (rule: object) => [{ subjects, resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], ...rule }] }]

for (const { name, rules, line, matches } of [
  { name: 'cluster scope must be named', rules: resources({ namespaces: ['*'] }), line: 'GET /api/v1/nodes', matches: false },
  { name: 'cluster scope is no namespace', rules: resources({ clusterScope: true }), line: 'GET /api/v1/namespaces/ns/pods', matches: false },
  {
    name: 'no namespaces, as they are read',
    rules: resources({ clusterScope: true, namespaces: null }),
    line: 'GET /api/v1/namespaces/ns/pods',
    matches: false,
  },
  { name: 'a namespace by name', rules: resources({ namespaces: ['ns'] }), line: 'GET /api/v1/namespaces/ns/pods', matches: true },
  {
    name: 'a resource does not cover its subresources',
    rules: resources({ resources: ['pods'], namespaces: ['*'] }),
    line: 'PUT /api/v1/namespaces/ns/pods/p/status',
    matches: false,
  },
  {
    name: 'a subresource by name',
    rules: resources({ resources: ['pods/status'], namespaces: ['*'] }),
    line: 'PUT /api/v1/namespaces/ns/pods/p/status',
    matches: true,
  },
  { name: 'another API group', rules: resources({ apiGroups: ['apps'], clusterScope: true }), line: 'GET /api/v1/nodes', matches: false },
  { name: 'another verb', rules: resources({ verbs: ['list'], clusterScope: true }), line: 'POST /api/v1/nodes', matches: false },
  {
    name: 'below a path, but not the path itself',
    rules: [{ subjects, nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz/*'] }] }],
    line: 'GET /healthz',
    matches: false,
  },
  { name: 'a rule without rules', rules: [{ subjects }], line: 'GET /api/v1/nodes', matches: false },
  { name: 'nobody', rules: [{ ...resources({ clusterScope: true })[0]!, subjects: [] }], line: 'GET /api/v1/nodes', matches: false },
] as const) {
  test(`a rule: ${name}`, () => {
    const classifier = classifierOf([schemaOf('it', 5, rules as FlowSchemaSpec['rules'])])
    expect(classifier.classify(infoOf(line).info, user('u', ['g'])).spec.name).toBe(matches ? 'it' : 'catch-all')
  })
}

test('lower precedence goes first, then the name; what a user may do changes with his groups', () => {
  const any = resources({ clusterScope: true, namespaces: ['*'] }) as FlowSchemaSpec['rules']
  const dev = [{ ...any![0]!, subjects: [{ kind: 'Group', group: { name: 'dev' } }] }]
  const classifier = classifierOf([schemaOf('z', 5, any), schemaOf('b', 5, any), schemaOf('dev', 4, dev), schemaOf('a', 6, any)])
  const { info } = infoOf('GET /api/v1/nodes')
  expect(classifier.classify(info, user('u', [])).spec.name).toBe('b')
  expect(classifier.classify(info, user('u', ['dev'])).spec.name).toBe('dev')
  expect(classifier.classify(info, user('u', ['dev'])).spec.name).toBe('dev')
  expect(classifier.classify(info, user('u', ['ops'])).spec.name).toBe('b')
})
