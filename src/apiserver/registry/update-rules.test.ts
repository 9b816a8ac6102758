// Expectations: AllowUnconditionalUpdate, AllowCreateOnUpdate and ValidateUpdate of pkg/registry/*/*/strategy.go.
import { expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { ApiError } from '../../apimachinery/api-error.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { beforeCreate, beforeUpdate } from './generic/before-write.ts'
import { strategyFor } from './generic/default-strategy.ts'
import { hasGenerationByDefault } from './generic/generation.ts'
import type { RequestContext, Strategy } from './generic/strategy.ts'
import { newStrategies } from './strategies.ts'
import { finish } from '../../util/steps.ts'

const strategies = newStrategies({
  serviceAllocation: {} as never,
  deleteEndpoints: async () => {},
  escalation: {} as never,
  namespaces: { get: () => undefined },
})
const namesWhere = (matches: (strategy: Strategy) => boolean) => [...strategies].filter(([, strategy]) => matches(strategy)).map(([name]) => name)

test('a PUT without resourceVersion is refused by the kinds that upstream has it refused by', () => {
  expect(namesWhere(({ allowUnconditionalUpdate }) => allowUnconditionalUpdate === false).toSorted()).toEqual([
    'admissionregistration.k8s.io/mutatingadmissionpolicies',
    'admissionregistration.k8s.io/mutatingadmissionpolicybindings',
    'admissionregistration.k8s.io/mutatingwebhookconfigurations',
    'admissionregistration.k8s.io/validatingadmissionpolicies',
    'admissionregistration.k8s.io/validatingadmissionpolicybindings',
    'admissionregistration.k8s.io/validatingwebhookconfigurations',
    'apiextensions.k8s.io/customresourcedefinitions',
    'apiregistration.k8s.io/apiservices',
    'coordination.k8s.io/leases',
    'node.k8s.io/runtimeclasses',
    'policy/poddisruptionbudgets',
    'storage.k8s.io/csidrivers',
    'storage.k8s.io/csinodes',
    'storage.k8s.io/csistoragecapacities',
    'storage.k8s.io/volumeattachments',
  ])
})

test('a PUT of what is not there creates objects of some kinds', () => {
  expect(namesWhere(({ allowCreateOnUpdate }) => allowCreateOnUpdate === true).toSorted()).toEqual([
    'coordination.k8s.io/leases',
    'endpoints',
    'events',
    'limitranges',
    'node.k8s.io/runtimeclasses',
    'rbac.authorization.k8s.io/clusterrolebindings',
    'rbac.authorization.k8s.io/clusterroles',
    'rbac.authorization.k8s.io/rolebindings',
    'rbac.authorization.k8s.io/roles',
    'services',
  ])
})

/** One that is valid for every kind. */
const name = '10.0.0.1'
const context = { namespace: '', name, subresource: '', dryRun: false, clock: new FakeClock(), warn() {} } as unknown as RequestContext

function resourceOf(key: string) {
  const [plural = '', group = ''] = key.split('/').toReversed()
  return { group, kind: 'Kind', plural, namespaced: false, counted: hasGenerationByDefault({ group, plural }), knownFinalizersOnly: true }
}

/** Fields of the causes of an update that also adds an annotation with an invalid key, in their order. */
function causes(key: string, object: object, old: object): readonly string[] {
  const metadata = { name, uid: '1', resourceVersion: '1' }
  const now = structuredClone({ ...object, metadata: { ...metadata, annotations: { '-': '' } } })
  try {
    finish(beforeUpdate(resourceOf(key), strategies.get(key)!, context, now as never, { metadata, ...old } as unknown as KubeObject))
    return []
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return (error.details?.causes ?? []).map(({ field = '' }) => field)
  }
}

const annotations = (times: number) => Array<string>(times).fill('metadata.annotations')
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' }
const parentRef = { resource: 'services', name: 's' }

// The store looks at metadata once as a whole and once at what changes; a change includes what is written anew.
test.each<[key: string, object: object, old: object, expected: readonly string[]]>([
  [
    'rbac.authorization.k8s.io/roles',
    { rules: [{ verbs: ['get'], resources: ['pods'] }] },
    {},
    [...annotations(5), ...Array<string>(2).fill('rules[0].apiGroups')],
  ],
  [
    'rbac.authorization.k8s.io/clusterroles',
    { aggregationRule: {} },
    {},
    [...annotations(5), ...Array<string>(2).fill('aggregationRule.clusterRoleSelectors')],
  ],
  [
    'rbac.authorization.k8s.io/clusterrolebindings',
    { roleRef, subjects: [{ kind: 'X', name: 'x' }] },
    { roleRef: { ...roleRef, name: 'other' } },
    [...annotations(5), 'subjects[0].kind', 'subjects[0].kind', 'roleRef'],
  ],
  [
    'networking.k8s.io/networkpolicies',
    { spec: { podSelector: {}, policyTypes: ['X'] } },
    { spec: { podSelector: {} } },
    [...annotations(4), 'spec.policyTypes[0]', 'spec.policyTypes[0]'],
  ],
  [
    'networking.k8s.io/ipaddresses',
    { spec: { parentRef: { ...parentRef, name: '' } } },
    { spec: { parentRef } },
    [...annotations(4), 'spec.parentRef.name', 'spec.parentRef'],
  ],
  ['node.k8s.io/runtimeclasses', { handler: 'A_b' }, { handler: 'a' }, [...annotations(4), 'handler', 'handler']],
  ['apps/controllerrevisions', { data: {}, revision: -1 }, { data: {}, revision: 1 }, [...annotations(4), 'revision']],
])('%s: as many causes as upstream', (key, object, old, expected) => expect(causes(key, object, old)).toEqual(expected))

test.each([
  'flowcontrol.apiserver.k8s.io/flowschemas',
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'apiregistration.k8s.io/apiservices',
  'networking.k8s.io/servicecidrs',
  'resource.k8s.io/resourceclaims',
])('a write to the status of %s leaves labels and spec alone', (key) => {
  const before = { metadata: { name, uid: '1', resourceVersion: '1', generation: 1, labels: { a: 'b' } }, spec: { kept: true } }
  const now = structuredClone({ ...before, metadata: { ...before.metadata, labels: { a: 'c', d: 'e' } }, spec: { kept: false }, status: {} })
  finish(beforeUpdate(resourceOf(key), strategyFor(strategies.get(key)!, 'status'), context, now as never, before as unknown as KubeObject))
  expect(now).toEqual({ ...before, status: {} })
})

test('other status writes change labels', () => {
  const before = { metadata: { name, uid: '1', resourceVersion: '1', generation: 1 } }
  const now = structuredClone({ metadata: { ...before.metadata, labels: { a: 'b' } }, status: {} })
  finish(
    beforeUpdate(
      resourceOf('apps/daemonsets'),
      strategyFor(strategies.get('apps/daemonsets')!, 'status'),
      context,
      now as never,
      before as unknown as KubeObject,
    ),
  )
  expect(now.metadata.labels).toEqual({ a: 'b' })
})

// What a client reads has been through protobuf, which tells no empty list from none.
test.each<[key: string, object: object, expected: object]>([
  ['rbac.authorization.k8s.io/roles', { rules: [] }, { rules: null }],
  ['limitranges', { spec: { limits: [] } }, { spec: { limits: null } }],
  ['storage.k8s.io/csinodes', { spec: { drivers: [] } }, { spec: { drivers: null } }],
  ['discovery.k8s.io/endpointslices', { addressType: 'IPv4', endpoints: [], ports: [] }, { addressType: 'IPv4', endpoints: null, ports: null }],
])('%s: empty lists that are always written are null, and sending them again changes nothing', (key, object, expected) => {
  const strategy = strategies.get(key)!
  const created = { metadata: { name }, ...structuredClone(object) }
  finish(beforeCreate(resourceOf(key), strategy, context, created as never))
  expect(created).toMatchObject(expected)
  const generation = { ...(resourceOf(key).counted && { generation: 1 }) }
  const old = { ...created, metadata: { ...created.metadata, ...generation, uid: '1', resourceVersion: '1' } } as unknown as KubeObject
  const again = { ...structuredClone(object), metadata: structuredClone(old.metadata) }
  finish(beforeUpdate(resourceOf(key), strategy, context, again as never, old))
  expect(again).toMatchObject({ ...expected, metadata: generation })
})

const selector = { matchLabels: { a: 'b' } }
const metadata = { labels: selector.matchLabels }
const podSpec = (more: object = {}) => ({ containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never', ...more })
const job = (more?: object) => ({ selector, manualSelector: true, template: { metadata, spec: podSpec(more) } })
const claimSpec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
const set = (more?: object, labels?: object) => ({
  selector,
  template: { metadata, spec: podSpec({ restartPolicy: 'Always' }) },
  volumeClaimTemplates: [{ metadata: { name: 'd', ...labels }, spec: { ...claimSpec, ...more } }],
})

// Upstream compares pointers: one to an empty struct is not nil. Empty lists and maps are none.
test.each<[key: string, why: string, old: object, change: object, field: string | undefined]>([
  ['batch/jobs', 'an empty struct is another template', job(), job({ affinity: {} }), 'spec.template'],
  ['batch/jobs', 'an empty list is none', job(), job({ tolerations: [] }), undefined],
  ['apps/statefulsets', 'an empty struct is another claim', set(), set({ selector: {} }), 'spec'],
  ['apps/statefulsets', 'an empty map is none', set(), set({}, { labels: {} }), undefined],
])('%s: %s', (key, _, old, change, field) => {
  const strategy = strategies.get(key)!
  const prepared = (spec: object) => {
    const object = structuredClone({ metadata: { name, uid: 'u', resourceVersion: '1', generation: 1 }, spec })
    strategy.defaults?.(object as never)
    return object as unknown as KubeObject
  }
  const before = structuredClone(prepared(old))
  strategy.prepareForCreate?.(context, before as never)
  const now = prepared({ ...(before as unknown as { spec: object }).spec, ...change })
  const fields = finishErrors(() => finish(beforeUpdate(resourceOf(key), strategy, context, now as never, before)))
  expect(fields.filter((each) => !each.startsWith('metadata'))).toEqual(field ? expect.arrayContaining([field]) : [])
})

function finishErrors(write: () => unknown): readonly string[] {
  try {
    write()
    return []
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return (error.details?.causes ?? []).map(({ field = '' }) => field)
  }
}
