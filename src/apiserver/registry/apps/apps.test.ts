import { expect, test } from 'vitest'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { fieldErrorMessage } from '../../../apimachinery/field-errors.ts'
import type { RequestContext, Strategy } from '../generic/strategy.ts'
import { controllerRevisionStrategy } from './controllerrevision/strategy.ts'
import { daemonSetStrategy } from './daemonset/strategy.ts'
import { deploymentStrategy } from './deployment/strategy.ts'
import { replicaSetStrategy } from './replicaset/strategy.ts'
import { statefulSetStrategy } from './statefulset/strategy.ts'

const context = {} as RequestContext
const strategies = {
  Deployment: deploymentStrategy,
  ReplicaSet: replicaSetStrategy,
  DaemonSet: daemonSetStrategy,
  StatefulSet: statefulSetStrategy,
} as unknown as { readonly [kind: string]: Strategy }
type Kind = keyof typeof strategies

interface Workload {
  metadata: { name: string; namespace: string; annotations?: { [key: string]: string } }
  spec: Record<string, unknown>
  status: Record<string, unknown>
}

const labels = { app: 'a' }
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i:1' }] } }

function newWorkload(kind: Kind, spec: object = {}): Workload {
  const object = {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'w', namespace: 'n' },
    spec: structuredClone({ selector: { matchLabels: labels }, template, ...spec }),
    status: { replicas: 7 },
  } as unknown as Mutable<KubeObject>
  strategies[kind]!.defaults?.(object)
  strategies[kind]!.prepareForCreate?.(context, object)
  return object as unknown as Workload
}

const asObject = (workload: Workload) => workload as unknown as Mutable<KubeObject>
const created = (kind: Kind, spec: object) => strategies[kind]!.validate!(context, asObject(newWorkload(kind, spec))).map(fieldErrorMessage)

function updated(kind: Kind, old: Workload, change: (workload: Workload) => void): { workload: Workload; problems: readonly string[] } {
  const workload = structuredClone(old)
  change(workload)
  strategies[kind]!.prepareForUpdate!(context, asObject(workload), asObject(old))
  return { workload, problems: [...new Set(strategies[kind]!.validateUpdate!(context, asObject(workload), asObject(old)).map(fieldErrorMessage))] }
}

const kinds = Object.keys(strategies)

test.each(kinds)('%s: defaults make it valid, and are made once', (kind) => {
  const workload = newWorkload(kind)
  expect(strategies[kind]!.validate!(context, asObject(workload))).toEqual([])
  const again = structuredClone(workload)
  strategies[kind]!.defaults?.(asObject(again))
  expect(again).toEqual(workload)
})

test.each(kinds)('%s: the client does not say what is', (kind) => {
  const workload = newWorkload(kind)
  expect(workload.status).toEqual({})
  workload.status = { replicas: 1 }
  expect(updated(kind, workload, (changed) => (changed.status = { replicas: 9 })).workload.status).toEqual({ replicas: 1 })
})

test.each(kinds)('%s: whom it selects does not change', (kind) => {
  const { problems } = updated(kind, newWorkload(kind), ({ spec }) => {
    spec['selector'] = { matchLabels: { b: 'c' } }
    spec['template'] = { ...(spec['template'] as object), metadata: { labels: { b: 'c' } } }
  })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(/field is immutable|updates to statefulset spec/)
})

const mismatch = 'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`'

test.each<[Kind, object, readonly string[]]>([
  ['Deployment', { selector: null }, ['spec.selector: Required value', mismatch]],
  ['ReplicaSet', { selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for deployment']],
  ['DaemonSet', { selector: { matchLabels: { b: 'c' } } }, [mismatch]],
  ['Deployment', { progressDeadlineSeconds: 5, minReadySeconds: 5 }, ['spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds']],
  [
    'Deployment',
    { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } } },
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
  ],
  [
    'Deployment',
    { strategy: { type: 'Recreate', rollingUpdate: {} } },
    ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  ],
  [
    'DaemonSet',
    { updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } },
    ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
  ],
  [
    'DaemonSet',
    { updateStrategy: { type: 'X' } },
    ['spec.updateStrategy: Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"'],
  ],
  [
    'StatefulSet',
    { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
    ['spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\''],
  ],
  [
    'StatefulSet',
    { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] },
    [
      'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
      'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
    ],
  ],
])('%s with %j', (kind, spec, expected) => expect(created(kind, spec)).toEqual(expected))

test('mounts of a stateful set may be of its claims', () => {
  const containers = [{ name: 'c', image: 'i:1', volumeMounts: [{ name: 'data', mountPath: '/d' }] }]
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
  const withMount = { template: { ...template, spec: { containers } } }
  expect(created('StatefulSet', { ...withMount, volumeClaimTemplates: [claim] })).toEqual([])
  expect(created('StatefulSet', withMount)).toEqual(['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"'])
})

test('of a stateful set, some fields may change', () => {
  const old = newWorkload('StatefulSet', { serviceName: 's' })
  const after = (spec: object) => updated('StatefulSet', old, (workload) => Object.assign(workload.spec, spec)).problems
  expect(after({ replicas: 3, minReadySeconds: 2, ordinals: { start: 1 }, revisionHistoryLimit: 1 })).toEqual([])
  expect(after({ serviceName: 't' })).toHaveLength(1)
  expect(after({ podManagementPolicy: 'Parallel' })).toHaveLength(1)
})

test('the template generation of a daemon set counts changes of its template only', () => {
  const generation = ({ metadata }: Workload) => metadata.annotations?.['deprecated.daemonset.template.generation']
  const first = newWorkload('DaemonSet')
  expect(generation(first)).toBe('1')
  const same = updated('DaemonSet', first, ({ metadata, spec }) => {
    spec['minReadySeconds'] = 3
    metadata.annotations = { 'deprecated.daemonset.template.generation': '8' }
  }).workload
  expect(generation(same)).toBe('1')
  const second = updated('DaemonSet', same, ({ spec }) => (spec['template'] = { ...template, metadata: { labels: { ...labels, v: '2' } } })).workload
  expect(generation(second)).toBe('2')
})

const annotated = (kind: Kind, annotations: { [key: string]: string }): Workload => {
  const object = asObject({
    metadata: { name: 'w', namespace: 'n', annotations },
    spec: structuredClone({ selector: { matchLabels: labels }, template }),
    status: {},
  })
  strategies[kind]!.defaults!(object)
  return object as unknown as Workload
}

test.each([
  ['Deployment', 'deprecated.deployment.rollback.to', '007', '7'],
  ['Deployment', 'deprecated.deployment.rollback.to', '', undefined],
  ['DaemonSet', 'deprecated.daemonset.template.generation', '+9223372036854775807', '9223372036854775807'],
])('%s: the number in %s is written %j, read %j', (kind, key, written, read) => {
  expect(annotated(kind, { [key]: written, other: 'x' }).metadata.annotations).toEqual({ ...(read === undefined ? {} : { [key]: read }), other: 'x' })
})

test.each([
  [
    'Deployment',
    'deprecated.deployment.rollback.to',
    'x',
    'failed to parse annotation[deprecated.deployment.rollback.to]=x as int64: strconv.ParseInt: parsing "x": invalid syntax',
  ],
  ['DaemonSet', 'deprecated.daemonset.template.generation', '9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
  ['DaemonSet', 'deprecated.daemonset.template.generation', '', 'strconv.ParseInt: parsing "": invalid syntax'],
])('%s: %s of %j is no number', (kind, key, written, problem) => {
  expect(() => annotated(kind, { [key]: written })).toThrow(`${kind} in version "v1" cannot be handled as a ${kind}: ${problem}`)
})

test('no deployment goes back to a revision before the first', () => {
  const deployment = annotated('Deployment', { 'deprecated.deployment.rollback.to': '-1' })
  const errors = deploymentStrategy.validate!(context, deployment as never).map(fieldErrorMessage)
  expect(errors).toEqual(['spec.rollback.version: Invalid value: -1: must be greater than or equal to 0'])
})

test('a generation of a deployment includes its annotations, not its labels', () => {
  const deployment = asObject(newWorkload('Deployment'))
  const wanted = (metadata: object) => deploymentStrategy.wanted!({ ...deployment, metadata: { ...deployment.metadata, ...metadata } } as KubeObject)
  expect(wanted({ labels: { a: 'b' } })).toEqual(wanted({}))
  expect(wanted({ annotations: { a: 'b' } })).not.toEqual(wanted({}))
})

test.each([
  [undefined, ['data: Required value: data is mandatory']],
  ['x', ['data: Required value: data must be a valid JSON object']],
  [{}, []],
])('a revision of %j', (data, expected) => {
  const revision = { revision: 1, data } as never
  expect(controllerRevisionStrategy.validate!(context, revision).map(fieldErrorMessage)).toEqual(expected)
})

test('maxUnavailable of a StatefulSet is not stored, unless it is there already', () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1, maxUnavailable: 0 } }
  const set = newWorkload('StatefulSet', { updateStrategy })
  const now = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } }
  expect(set.spec['updateStrategy']).toEqual(now)
  const write = (workload: Workload) => void (workload.spec['updateStrategy'] = structuredClone(updateStrategy))
  expect(updated('StatefulSet', set, write).workload.spec['updateStrategy']).toEqual(now)
  const old = { ...set, spec: { ...set.spec, updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } } }
  expect(updated('StatefulSet', old, write).workload.spec['updateStrategy']).toEqual(updateStrategy)
})

test.each(['Deployment', 'ReplicaSet'])('%s: counters of the status are not negative, those of pods that terminate included', (kind) => {
  const old = newWorkload(kind)
  const now = { ...structuredClone(old), status: { terminatingReplicas: -1 } } as unknown as KubeObject
  const errors = strategies[kind]!.subresources!['status']!.validateUpdate!(context, now, old as unknown as KubeObject)
  expect(errors.map(fieldErrorMessage)).toEqual(['status.terminatingReplicas: Invalid value: -1: must be greater than or equal to 0'])
})

test('a StatefulSet is warned of at every update, in a path of its own', () => {
  const spec = { requests: { storage: '1500m' } }
  const set = asObject(newWorkload('StatefulSet', { revisionHistoryLimit: -1, volumeClaimTemplates: [{ metadata: { name: 'v' }, spec: { resources: spec } }] }))
  const fractional = (field: string) => `${field}.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer`
  const negative = 'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'
  const strategy = strategies['StatefulSet']!
  expect(strategy.warningsOnCreate!(context, set)).toEqual([fractional('spec.volumeClaimTemplates[0]'), negative])
  expect(strategy.warningsOnUpdate!(context, set, set)).toEqual([fractional('spec.volumeClaimTemplates[0].Spec'), negative])
})
