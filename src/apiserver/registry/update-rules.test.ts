// Expectations: AllowUnconditionalUpdate, AllowCreateOnUpdate and ValidateUpdate of pkg/registry/*/*/strategy.go.
import { expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { ApiError } from '../../apimachinery/api-error.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { beforeUpdate } from './generic/before-write.ts'
import type { RequestContext, Strategy } from './generic/strategy.ts'
import { newStrategies } from './strategies.ts'

const strategies = newStrategies({ serviceAllocation: {} as never, escalation: {} as never, namespaces: { get: () => undefined } })
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
  ])
})

/** One that is valid for every kind. */
const name = '10.0.0.1'
const context = { namespace: '', name, subresource: '', dryRun: false, clock: new FakeClock(), warn() {} } as unknown as RequestContext

/** Fields of the causes of an update that also adds an annotation with an invalid key, in their order. */
function causes(key: string, object: object, old: object): readonly string[] {
  const resource = { group: '', kind: 'Kind', plural: key, namespaced: false, counted: true, knownFinalizersOnly: true }
  const metadata = { name, uid: '1', resourceVersion: '1' }
  const now = structuredClone({ ...object, metadata: { ...metadata, annotations: { '-': '' } } })
  try {
    beforeUpdate(resource as never, strategies.get(key)!, context, now as never, { metadata, ...old } as unknown as KubeObject)
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
