import { expect, test } from 'vitest'
import type { ReplicaSet } from '../../../api/apps/v1.ts'
import type { Pod } from '../../../api/core/v1.ts'
import { type Plan, decide } from './decide.ts'
import { inDeletionOrder } from './deletion-order.ts'
import { nextAvailableInMs, statusOf } from './status.ts'

const nowMs = Date.UTC(2026, 0, 1, 12)
const ago = (seconds: number) => new Date(nowMs - seconds * 1000).toISOString()

interface PodFacts {
  name: string
  node?: string
  phase?: string
  readyFor?: number
  cost?: string
  restarts?: number
  age?: number
  labels?: Record<string, string>
}

function pod({ name, node = 'n1', phase = 'Running', readyFor, cost, restarts = 0, age = 3600, labels = {} }: PodFacts): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      resourceVersion: '1',
      creationTimestamp: ago(age),
      labels,
      ...(cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } } : {}),
    },
    spec: { containers: [], nodeName: node },
    status: {
      phase,
      conditions: readyFor === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: ago(readyFor) }],
      containerStatuses: [{ name: 'c', restartCount: restarts } as never],
    },
  } as Pod
}

function replicaSet({ want = 1, deleting = false, minReadySeconds = 0, status = undefined as ReplicaSet['status'] } = {}): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'rs',
      namespace: 'default',
      uid: 'rs',
      resourceVersion: '1',
      generation: 4,
      creationTimestamp: '',
      ...(deleting ? { deletionTimestamp: ago(1) } : {}),
    },
    spec: { replicas: want, selector: {}, minReadySeconds, template: { metadata: { labels: { app: 'web' } } } as never },
    ...(status ? { status } : {}),
  }
}

const pods = (count: number) => Array.from({ length: count }, (_, index) => pod({ name: `p${index}`, ...(index > 0 ? { readyFor: 60 } : {}) }))

function describePlan(plan: Plan): string {
  if (plan.kind === 'create') return `create ${plan.count}`
  return plan.kind === 'delete' ? `delete ${plan.pods.map((p) => p.metadata.name).join(' ')}` : 'keep'
}

for (const { name, want, have, settled = true, deleting = false, expected } of [
  { name: 'too few: create the difference', want: 3, have: 1, expected: 'create 2' },
  { name: 'too many: unready pods go first', want: 1, have: 2, expected: 'delete p0' },
  { name: 'enough: nothing', want: 2, have: 2, expected: 'keep' },
  { name: 'huge gap: one pass creates at most 500', want: 1200, have: 0, expected: 'create 500' },
  { name: 'own creates still invisible: do nothing', want: 3, have: 1, settled: false, expected: 'keep' },
  { name: 'being deleted: children go by the collector', want: 3, have: 1, deleting: true, expected: 'keep' },
]) {
  test(name, () => {
    const owned = pods(have)
    expect(describePlan(decide({ owner: replicaSet({ want, deleting }), pods: owned, related: owned, settled, nowMs }))).toBe(expected)
  })
}

for (const { name, first, later } of [
  { name: 'not yet on a node before on a node', first: { node: '' }, later: { node: 'n1' } },
  { name: 'pending before running', first: { phase: 'Pending' }, later: { phase: 'Running' } },
  { name: 'unready before ready', first: {}, later: { readyFor: 60 } },
  { name: 'cheap before dear, also below zero', first: { readyFor: 60, cost: '-5' }, later: { readyFor: 60, cost: '3' } },
  { name: 'a cost that is no number counts as 0', first: { readyFor: 60, cost: '-1' }, later: { readyFor: 60, cost: 'x' } },
  { name: 'on the fuller node before alone on one', first: { node: 'full', readyFor: 60 }, later: { node: 'empty', readyFor: 60 } },
  { name: 'ready for seconds before ready for hours', first: { readyFor: 5 }, later: { readyFor: 7200 } },
  { name: 'many restarts before few', first: { readyFor: 60, restarts: 3 }, later: { readyFor: 60, restarts: 1 } },
  { name: 'young before old', first: { readyFor: 60, age: 60 }, later: { readyFor: 60, age: 86_400 } },
  { name: 'about as old: the uid decides', first: { readyFor: 60, age: 86_300 }, later: { readyFor: 60, age: 86_000 } },
] satisfies { name: string; first: Partial<PodFacts>; later: Partial<PodFacts> }[]) {
  test(name, () => {
    const [a, b] = [pod({ name: 'a', ...first }), pod({ name: 'b', ...later })]
    const crowd = [pod({ name: 'x', node: 'full' }), pod({ name: 'y', node: 'full' })]
    expect(inDeletionOrder([b, a], [a, b, ...crowd], nowMs)[0]).toBe(a)
  })
}

test('status counts ready, available and fully labelled pods', () => {
  const owned = [pod({ name: 'a', labels: { app: 'web' }, readyFor: 60 }), pod({ name: 'b', readyFor: 5 }), pod({ name: 'c' })]
  const owner = replicaSet({ want: 3, minReadySeconds: 10 })
  expect(statusOf({ owner, pods: owned, terminating: [pod({ name: 'd' })], plan: { kind: 'keep' }, failure: undefined, nowMs })).toEqual({
    replicas: 3,
    fullyLabeledReplicas: 1,
    readyReplicas: 2,
    availableReplicas: 1,
    terminatingReplicas: 1,
    observedGeneration: 4,
    conditions: [],
  })
  expect(nextAvailableInMs(owner, owned, nowMs)).toBe(5000)
})

test('a failure appears as ReplicaFailure, and foreign conditions stay when it is over', () => {
  const foreign = { type: 'Foreign', status: 'True' }
  const owner = replicaSet({ status: { replicas: 0, conditions: [foreign] } })
  const failed = statusOf({ owner, pods: [], terminating: [], plan: { kind: 'create', count: 1 }, failure: new Error('exceeded quota'), nowMs })
  expect(failed.conditions?.[1]).toMatchObject({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' })
  const over = statusOf({ owner: replicaSet({ status: failed }), pods: [], terminating: [], plan: { kind: 'keep' }, failure: undefined, nowMs })
  expect(over.conditions).toEqual([foreign])
})
