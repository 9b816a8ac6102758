import { expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import type { OwnerReference } from '../../api/meta/v1.ts'
import { replicaSets } from '../../api/resources.ts'
import { type OwnerState, decide } from './decide.ts'
import { Graph, blockingDependents } from './graph.ts'

const resource = replicaSets as never

function object(uid: string, { owners = [] as string[], blocking = true, deleting = '' } = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: uid,
      namespace: 'default',
      uid,
      resourceVersion: '1',
      creationTimestamp: '',
      ownerReferences: owners.map((owner) => ({ apiVersion: 'apps/v1', kind: 'Deployment', name: owner, uid: owner, blockOwnerDeletion: blocking })),
      ...(deleting ? { deletionTimestamp: 'x', finalizers: [deleting] } : {}),
    },
  }
}

function graphOf(...objects: KubeObject[]): Graph {
  const graph = new Graph()
  for (const each of objects) graph.upsert(each, resource)
  return graph
}

test('an owner that is only named is virtual, until it is seen', () => {
  const graph = graphOf(object('rs', { owners: ['d'] }))
  expect(graph.get('d')?.virtual).toBe(true)
  graph.upsert(object('d'), resource)
  expect([graph.get('d')?.virtual, [...graph.get('d')!.dependents].map((n) => n.uid)]).toEqual([false, ['rs']])
})

test('an owner that goes: its dependents are looked at, and nothing is left behind when they are gone', () => {
  const graph = graphOf(object('d'), object('a', { owners: ['d'] }), object('b', { owners: ['d'] }))
  expect(graph.remove('d')).toEqual(['a', 'b'])
  graph.remove('a')
  graph.remove('b')
  expect([graph.get('d'), graph.get('a')]).toEqual([undefined, undefined])
})

test('a foreground deletion asks the dependents, and is asked again when one has gone', () => {
  const graph = graphOf(object('d'), object('rs', { owners: ['d'] }))
  expect(graph.upsert(object('d', { deleting: 'foregroundDeletion' }), resource)).toEqual(['d', 'rs'])
  expect(blockingDependents(graph.get('d')!).map((n) => n.uid)).toEqual(['rs'])
  expect(graph.remove('rs')).toEqual(['d'])
  expect(blockingDependents(graph.get('d')!)).toEqual([])
})

test('a dependent that does not block, or lets go, is not waited for', () => {
  const graph = graphOf(object('d', { deleting: 'foregroundDeletion' }), object('a', { owners: ['d'], blocking: false }), object('b', { owners: ['d'] }))
  expect(graph.upsert(object('b'), resource)).toEqual(['b', 'd'])
  expect(blockingDependents(graph.get('d')!)).toEqual([])
})

for (const { name, states, dependents = [], finalizers = [], expected } of [
  { name: 'all owners exist', states: { a: 'solid', b: 'solid' }, expected: { kind: 'keep' } },
  { name: 'one of two owners is gone: only the reference goes', states: { a: 'solid', b: 'dangling' }, expected: { kind: 'unlink', uids: ['b'] } },
  { name: 'an owner waits, another lives: the object stays', states: { a: 'solid', b: 'waiting' }, expected: { kind: 'unlink', uids: ['b'] } },
  { name: 'no owner left', states: { a: 'dangling' }, expected: { kind: 'delete', policy: 'Background' } },
  { name: 'no owner left, asked to orphan its own', states: { a: 'dangling' }, finalizers: ['orphan'], expected: { kind: 'delete', policy: 'Orphan' } },
  {
    name: 'the owner waits: so does the object, for its own dependents',
    states: { a: 'waiting' },
    dependents: [object('pod', { owners: ['rs'] })],
    expected: { kind: 'delete', policy: 'Foreground' },
  },
  { name: 'the owner waits, nothing below', states: { a: 'waiting' }, expected: { kind: 'delete', policy: 'Background' } },
  {
    name: 'a dependent waits too: a circle is broken',
    states: { a: 'waiting' },
    dependents: [object('pod', { owners: ['rs'], deleting: 'foregroundDeletion' })],
    expected: { kind: 'delete', policy: 'Foreground', unblock: true },
  },
] satisfies { name: string; states: Record<string, OwnerState>; dependents?: KubeObject[]; finalizers?: string[]; expected: object }[]) {
  test(name, () => {
    const graph = graphOf(object('rs', { owners: Object.keys(states) }), ...dependents)
    const node = graph.get('rs')!
    const stateOf = ({ uid }: OwnerReference) => (states as Record<string, OwnerState>)[uid]!
    expect(decide(node, node.owners, stateOf, finalizers)).toEqual(expected)
  })
}
