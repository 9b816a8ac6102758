import { expect, test } from 'vitest'
import type { DaemonSet } from '../../api/apps/v1.ts'
import type { Node, Pod } from '../../api/core/v1.ts'
import { decide, statusOf } from './decide.ts'
import { placement, podFor, targetNode } from './placement.ts'

const nowMs = Date.UTC(2026, 0, 1)

function daemonSet({ strategy = { rollingUpdate: { maxUnavailable: 1 } } as object, spec = {} as object } = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'ds', namespace: 'default', uid: 'ds', generation: 1 },
    spec: {
      selector: {},
      updateStrategy: { type: 'RollingUpdate', ...strategy },
      template: { metadata: { labels: { app: 'ds' } }, spec: { containers: [], ...spec } },
    },
  } as unknown as DaemonSet
}

const node = (name: string, spec: object = {}, labels: Record<string, string> = {}) => ({ metadata: { name, labels }, spec }) as unknown as Node

interface PodFacts {
  node: string
  hash?: string
  ready?: boolean
  phase?: string
  deleting?: boolean
  age?: number
}

const pod = ({ node: nodeName, hash = 'new', ready = true, phase = 'Running', deleting = false, age = 0 }: PodFacts) =>
  ({
    metadata: {
      name: `${nodeName}-${hash}${age || ''}`,
      uid: `${nodeName}-${hash}${age}`,
      labels: { 'controller-revision-hash': hash },
      creationTimestamp: new Date(nowMs - age * 1000).toISOString(),
      ...(deleting ? { deletionTimestamp: 'x' } : {}),
    },
    spec: { nodeName },
    status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }) as unknown as Pod

const three = [node('a'), node('b'), node('c')]
const old = (name: string, more: Partial<PodFacts> = {}): PodFacts => ({ node: name, hash: 'old', ...more })

for (const { name, set = daemonSet(), nodes = three, pods, create = [], remove = [] } of [
  { name: 'a pod for every node', pods: [], create: ['a', 'b', 'c'] },
  { name: 'nothing missing', pods: [{ node: 'a' }, { node: 'b' }, { node: 'c' }] },
  {
    name: 'two on a node: the younger goes',
    nodes: [node('a')],
    pods: [
      { node: 'a', age: 60 },
      { node: 'a', age: 10 },
    ],
    remove: ['a-new10'],
  },
  { name: 'a pod that failed is deleted first', nodes: [node('a')], pods: [{ node: 'a', phase: 'Failed' }], remove: ['a-new'] },
  { name: 'one that is going is waited for', nodes: [node('a')], pods: [{ node: 'a', deleting: true }] },
  {
    name: 'a node that no longer fits',
    nodes: [node('a')],
    set: daemonSet({ spec: { nodeSelector: { disk: 'ssd' } } }),
    pods: [{ node: 'a' }],
    remove: ['a-new'],
  },
  { name: 'rollout: one node at a time', pods: [old('a'), old('b'), old('c')], remove: ['a-old'] },
  { name: 'rollout: the next waits until the new one is available', pods: [{ node: 'a', ready: false }, old('b'), old('c')] },
  { name: 'rollout: broken old pods go at once', pods: [{ node: 'a', ready: false }, old('b', { ready: false }), old('c')], remove: ['b-old'] },
  { name: 'rollback: pods of the wanted template are not restarted', pods: [old('a', { ready: false }), { node: 'b' }, { node: 'c' }], remove: ['a-old'] },
  { name: 'OnDelete: old pods stay', set: daemonSet({ strategy: { type: 'OnDelete' } }), pods: [old('a'), old('b'), old('c')] },
  {
    name: 'surge: a second pod beside the old one',
    set: daemonSet({ strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
    pods: [old('a'), old('b'), old('c')],
    create: ['a'],
  },
  {
    name: 'surge: the old one goes when the new one is available',
    set: daemonSet({ strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
    pods: [old('a'), { node: 'a' }, old('b'), old('c')],
    create: ['b'],
    remove: ['a-old'],
  },
] satisfies { name: string; set?: DaemonSet; nodes?: Node[]; pods: PodFacts[]; create?: string[]; remove?: string[] }[]) {
  test(name, () => {
    const plan = decide({ daemonSet: set, nodes, pods: pods.map(pod), hash: 'new', nowMs })
    expect({ create: plan.create, remove: plan.remove.map((each) => each.metadata.name) }).toEqual({ create, remove })
  })
}

for (const { name, taints, expected } of [
  {
    name: 'cordoned and unreachable: a daemon runs all the same',
    taints: [
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
    ],
    expected: { run: true, stay: true },
  },
  { name: 'kept free: no new pod, an old one may stay', taints: [{ key: 'x', effect: 'NoSchedule' }], expected: { run: false, stay: true } },
  { name: 'emptied: none', taints: [{ key: 'x', effect: 'NoExecute' }], expected: { run: false, stay: false } },
]) {
  test(name, () => expect(placement(daemonSet(), node('a', { taints }))).toEqual(expected))
}

test('a pod is meant for its node before the scheduler has seen it', () => {
  expect(targetNode(podFor(daemonSet(), 'a', 'h') as unknown as Pod)).toBe('a')
})

test('status counts nodes, not pods', () => {
  const world = {
    daemonSet: daemonSet(),
    nodes: [...three, node('d', { taints: [{ key: 'x', effect: 'NoSchedule' }] })],
    pods: [{ node: 'a' }, old('b', { ready: false }), { node: 'd' }].map(pod),
    hash: 'new',
    nowMs,
  }
  expect(statusOf(world)).toMatchObject({
    desiredNumberScheduled: 3,
    currentNumberScheduled: 2,
    numberMisscheduled: 1,
    numberReady: 1,
    updatedNumberScheduled: 1,
    numberAvailable: 1,
    numberUnavailable: 2,
  })
})
