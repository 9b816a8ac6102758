import { expect, test } from 'vitest'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { finalizersAfterDelete } from './finalizers.ts'
import { beforeDelete, checkPreconditions, markAsDeleting } from './graceful-deletion.ts'
import { checkNamespacePreconditions, markNamespace } from './namespace-deletion.ts'
import type { Strategy } from './strategy.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const object = (metadata: object = {}) =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', uid: 'u', resourceVersion: '5', ...metadata } }) as unknown as Mutable<KubeObject>
const pods: Strategy = { gracePeriodSeconds: (_object, requested) => requested ?? 30 }

for (const { name, metadata, requested, expected, left } of [
  { name: 'first delete: marked with the grace asked for', metadata: { generation: 1 }, requested: 7, expected: { kind: 'graceful', seconds: 7 }, left: 7 },
  { name: 'negative counts as one second', metadata: {}, requested: -5, expected: { kind: 'graceful', seconds: 1 }, left: 1 },
  {
    name: 'a shorter grace may follow',
    metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 },
    requested: 5,
    expected: { kind: 'graceful', seconds: 5 },
    left: 5,
  },
  {
    name: 'a longer one may not',
    metadata: { deletionTimestamp: '2026-01-01T00:00:05Z', deletionGracePeriodSeconds: 5 },
    requested: 60,
    expected: { kind: 'pending' },
    left: 5,
  },
  {
    name: 'grace 0 that was left behind: goes now',
    metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 },
    requested: undefined,
    expected: { kind: 'immediate' },
    left: 0,
  },
] as const) {
  test(name, () => {
    const pod = object(metadata)
    expect(beforeDelete(pods, pod, requested === undefined ? {} : { gracePeriodSeconds: requested }, now)).toEqual(expected)
    expect(pod.metadata.deletionGracePeriodSeconds).toBe(left)
  })
}

test('the first mark raises the generation, later ones do not', () => {
  const pod = object({ generation: 3 })
  beforeDelete(pods, pod, {}, now)
  beforeDelete(pods, pod, { gracePeriodSeconds: 1 }, now)
  expect(pod.metadata.generation).toBe(4)
})

test('objects that finalizers hold are marked with no grace', () => {
  const held = object({ generation: 1, finalizers: ['example.com/f'] })
  markAsDeleting(held, now)
  expect(held.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0, generation: 2 })
})

for (const [why, before, propagation, after] of [
  ['background adds nothing', ['x'], { propagationPolicy: 'Background' }, undefined],
  ['orphan adds its finalizer', ['x'], { propagationPolicy: 'Orphan' }, ['x', 'orphan']],
  ['foreground replaces orphan', ['orphan'], { propagationPolicy: 'Foreground' }, ['foregroundDeletion']],
  ['background takes foreground away', ['foregroundDeletion', 'x'], { propagationPolicy: 'Background' }, ['x']],
  ['without a policy what is there stays', ['foregroundDeletion'], {}, undefined],
  ['the deprecated field', [], { orphanDependents: true }, ['orphan']],
] as const) {
  test(`propagation: ${why}`, () => expect(finalizersAfterDelete(before, propagation)).toEqual(after))
}

test('nobody collects events: they never get a finalizer of the collector, and lose what they have', () => {
  for (const options of [{ propagationPolicy: 'Foreground' }, { propagationPolicy: 'Orphan' }, { orphanDependents: true }, {}]) {
    expect(finalizersAfterDelete(['x'], options, 'unsupported')).toBeUndefined()
    expect(finalizersAfterDelete(['orphan', 'x', 'foregroundDeletion'], options, 'unsupported')).toEqual(['x'])
  }
})

const namespace = (metadata: object, finalizers: readonly string[]) => {
  const { metadata: own } = object(metadata)
  return { apiVersion: 'v1', kind: 'Namespace', metadata: own, spec: { finalizers: [...finalizers] }, status: { phase: 'Active' } }
}
const going = { deletionTimestamp: '2026-01-01T00:00:00Z' }

test.each([
  ['the first request only marks', {}, ['kubernetes'], true],
  ['even when nothing holds the namespace', {}, [], true],
  ['the next leaves what is held alone', going, ['kubernetes'], true],
  ['and ends what is not', going, [], false],
] as const)('a namespace: %s', (_, metadata, finalizers, done) => {
  const object = namespace(metadata, finalizers)
  expect(markNamespace(object, {}, now)).toBe(done)
  expect(object).toMatchObject('deletionTimestamp' in metadata ? { status: { phase: 'Active' } } : { metadata: going, status: { phase: 'Terminating' } })
})

test.each([
  ['the deprecated field has two sides', ['x'], { orphanDependents: false }, ['x', 'foregroundDeletion']],
  ['and the other', ['foregroundDeletion', 'x'], { orphanDependents: true }, ['x', 'orphan']],
  ['without a policy both stay', ['orphan', 'foregroundDeletion'], {}, ['orphan', 'foregroundDeletion']],
  ['a policy has the last word', ['orphan', 'foregroundDeletion'], { propagationPolicy: 'Background' }, []],
] as const)('finalizers of a namespace: %s', (_, before, options, after) => {
  const object = namespace({ finalizers: [...before] }, ['kubernetes'])
  markNamespace(object, options, now)
  expect(object.metadata.finalizers).toEqual(after)
})

test('preconditions of a namespace have a message of their own', () => {
  const conflict = 'Operation cannot be fulfilled on namespaces "p": Precondition failed: '
  expect(() => checkNamespacePreconditions(object(), { preconditions: { uid: 'other', resourceVersion: '4' } })).toThrow(
    `${conflict}UID in precondition: other, UID in object meta: u`,
  )
  expect(() => checkNamespacePreconditions(object(), { preconditions: { resourceVersion: '4' } })).toThrow(
    `${conflict}ResourceVersion in precondition: 4, ResourceVersion in object meta: 5`,
  )
  expect(() => checkNamespacePreconditions(object(), { preconditions: { uid: 'u', resourceVersion: '5' } })).not.toThrow()
})

test('preconditions name the kind, as upstream’s do', () => {
  expect(() => checkPreconditions('', 'Pod', object(), { preconditions: { uid: 'other' } })).toThrow(
    'Operation cannot be fulfilled on Pod "p": the UID in the precondition (other) does not match the UID in record (u). The object might have been deleted and then recreated',
  )
  expect(() => checkPreconditions('', 'Pod', object(), { preconditions: { uid: 'u', resourceVersion: '5' } })).not.toThrow()
})
