import { expect, test } from 'vitest'
import type { Node, Pod } from '../api/core/v1.ts'
import { everything } from '../apimachinery/labels/selector.ts'
import { cluster, info, node, pod } from './fake/objects.ts'
import { describeFailure } from './framework/diagnosis.ts'
import type { Plugin } from './framework/plugin.ts'
import { newInterPodAffinity } from './plugins/inter-pod-affinity/plugin.ts'
import { nodeAffinity } from './plugins/node-affinity/plugin.ts'
import { nodeName } from './plugins/node-name/plugin.ts'
import { nodePorts } from './plugins/node-ports/plugin.ts'
import { nodeResourcesBalancedAllocation } from './plugins/node-resources-balanced-allocation/plugin.ts'
import { nodeResourcesFit } from './plugins/node-resources-fit/plugin.ts'
import { nodeUnschedulable } from './plugins/node-unschedulable/plugin.ts'
import { newPodTopologySpread } from './plugins/pod-topology-spread/plugin.ts'
import { taintToleration } from './plugins/taint-toleration/plugin.ts'
import { planPreemption } from './preemption.ts'
import { feasibleWanted, NodeFinder } from './schedule-one.ts'

const noNamespaces = { get: () => undefined, all: () => [], inNamespace: () => [], byIndex: () => [] }
const plugins: readonly Plugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  newPodTopologySpread((p) => (p.metadata.labels?.['app'] ? everything : undefined)),
  newInterPodAffinity({ namespaces: noNamespaces }),
  nodeResourcesBalancedAllocation,
]

/** The chosen node's name, or the message users see. */
function schedule(p: Pod, nodes: Node[], pods: Pod[] = []): string {
  const outcome = new NodeFinder({ plugins, nominated: () => [], rand: () => 0 }).find(p, cluster(nodes, pods))
  return outcome.kind === 'fits' ? outcome.node.name : describeFailure(outcome.diagnosis, '')
}

const tainted = node('b', { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] })
const near = (app: string, topologyKey: string) => [{ labelSelector: { matchLabels: { app } }, topologyKey }]
const zone = (z: string) => ({ labels: { 'topology.kubernetes.io/zone': z } })
const wants = (key: string, value: string) => ({ matchExpressions: [{ key, operator: 'In' as const, values: [value] }] })

for (const { name, want, p, nodes, pods = [] } of [
  // 3 of 4 cores are taken on a: 2 more do not fit; b is empty
  { name: 'takes the node with room', p: pod('p', { cpu: '2' }), nodes: [node('a'), node('b')], pods: [pod('x', { cpu: '3', on: 'a' })], want: 'b' },
  // free after placing: a (4-1-1)/4 = 50 %, b (4-1)/4 = 75 %
  {
    name: 'prefers the emptier node',
    p: pod('p', { cpu: '1', memory: '1Gi' }),
    nodes: [node('a'), node('b')],
    pods: [pod('x', { cpu: '1', memory: '1Gi', on: 'a' })],
    want: 'b',
  },
  { name: 'says how many nodes lack what', p: pod('p', { cpu: '5' }), nodes: [node('a'), node('b')], want: '0/2 nodes are available: 2 Insufficient cpu.' },
  {
    name: 'reasons are sorted as text',
    p: pod('p', { cpu: '2' }),
    nodes: [node('a', { unschedulable: true }), tainted, node('c', { cpu: '1' })],
    want: '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable.',
  },
  { name: 'no nodes at all', p: pod('p'), nodes: [], want: 'no nodes available to schedule pods' },
  { name: 'pods count too', p: pod('p'), nodes: [node('a', { pods: '1' })], pods: [pod('x', { on: 'a' })], want: '0/1 nodes are available: 1 Too many pods.' },
  { name: 'a taint is tolerated', p: pod('p', { tolerations: [{ key: 'gpu', operator: 'Exists' }] }), nodes: [tainted], want: 'b' },
  {
    name: 'a toleration of another value does not count',
    p: pod('p', { tolerations: [{ key: 'gpu', value: 'no' }] }),
    nodes: [tainted],
    want: '0/1 nodes are available: 1 node(s) had untolerated taint(s).',
  },
  { name: 'nodeSelector', p: pod('p', { nodeSelector: { disk: 'ssd' } }), nodes: [node('a'), node('b', { labels: { disk: 'ssd' } })], want: 'b' },
  {
    name: 'required node affinity: terms are alternatives',
    p: pod('p', {
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [wants('disk', 'ssd'), wants('disk', 'nvme')] } } },
    }),
    nodes: [node('a'), node('b', { labels: { disk: 'nvme' } })],
    want: 'b',
  },
  {
    name: 'a daemon names its node',
    p: pod('p', {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }] },
        },
      },
    }),
    nodes: [node('a'), node('b')],
    want: 'b',
  },
  { name: 'host port taken', p: pod('p', { hostPort: 80 }), nodes: [node('a'), node('b')], pods: [pod('x', { hostPort: 80, on: 'a' })], want: 'b' },
  {
    name: 'pod affinity: same zone',
    p: pod('p', { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: near('db', 'topology.kubernetes.io/zone') } } }),
    nodes: [node('a', zone('1')), node('b', zone('2'))],
    pods: [pod('x', { labels: { app: 'db' }, on: 'b' })],
    want: 'b',
  },
  {
    name: 'pod affinity to itself: the first of a group may start',
    p: pod('p', { labels: { app: 'db' }, affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: near('db', 'kubernetes.io/hostname') } } }),
    nodes: [node('a')],
    want: 'a',
  },
  {
    name: 'anti-affinity: not beside one of its own',
    p: pod('p', {
      labels: { app: 'web' },
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: near('web', 'kubernetes.io/hostname') } },
    }),
    nodes: [node('a')],
    pods: [pod('x', { labels: { app: 'web' }, on: 'a' })],
    want: "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.",
  },
  {
    name: "an existing pod's anti-affinity counts for newcomers",
    p: pod('p', { labels: { app: 'web' } }),
    nodes: [node('a')],
    pods: [pod('x', { on: 'a', affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: near('web', 'kubernetes.io/hostname') } } })],
    want: "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
  },
  // a has two of the group, b none: 3-0 > maxSkew 1
  {
    name: 'topology spread keeps the skew',
    p: pod('p', {
      labels: { app: 'web' },
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } },
      ],
    }),
    nodes: [node('a', { cpu: '64' }), node('b')],
    pods: [pod('x', { labels: { app: 'web' }, on: 'a' }), pod('y', { labels: { app: 'web' }, on: 'a' })],
    want: 'b',
  },
  {
    name: 'replicas of a group spread by default',
    p: pod('p', { labels: { app: 'web' } }),
    nodes: [node('a'), node('b')],
    pods: [pod('x', { labels: { app: 'web' }, on: 'a' })],
    want: 'b',
  },
] as { name: string; want: string; p: Pod; nodes: Node[]; pods?: Pod[] }[]) {
  test(name, () => expect(schedule(p, nodes, pods)).toBe(want))
}

test('large clusters are sampled: 50 % less a point per 125 nodes, never under 100 nodes or 5 %', () => {
  // 99: all. 1000: 50-8 = 42 % = 420. 6000: 50-48 = 2, so 5 % = 300.
  expect([99, 100, 1000, 6000].map(feasibleWanted)).toEqual([99, 100, 420, 300])
})

for (const { name, preemptor, pods, want } of [
  // 4 cores full of low pods; one of 2 cores must go: the less important one
  {
    name: 'the least important pods go',
    preemptor: pod('p', { cpu: '2', priority: 100 }),
    pods: [pod('low', { cpu: '2', priority: 1, on: 'a' }), pod('mid', { cpu: '2', priority: 5, on: 'a' })],
    want: 'a: low',
  },
  {
    name: 'equals are never preempted',
    preemptor: pod('p', { cpu: '2', priority: 5 }),
    pods: [pod('x', { cpu: '4', priority: 5, on: 'a' })],
    want: 'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
  },
  {
    name: 'too big for an empty node: not helpful',
    preemptor: pod('p', { cpu: '8', priority: 5 }),
    pods: [pod('x', { cpu: '4', on: 'a' })],
    want: 'preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
  },
  {
    name: 'a pod that never preempts',
    preemptor: pod('p', { cpu: '2', priority: 5, preemptionPolicy: 'Never' }),
    pods: [pod('x', { cpu: '4', on: 'a' })],
    want: 'preemption: not eligible due to preemptionPolicy=Never.',
  },
]) {
  test(name, () => {
    const view = cluster([node('a')], pods)
    const outcome = new NodeFinder({ plugins, nominated: () => [], rand: () => 0 }).find(preemptor, view)
    if (outcome.kind === 'fits') throw new Error('fits without preemption')
    const plan = planPreemption({ pod: preemptor, view, diagnosis: outcome.diagnosis, plugins, budgets: [] })
    expect(plan.node === undefined ? plan.message : `${plan.node}: ${plan.victims.map((v) => v.metadata.name).join()}`).toBe(want)
  })
}

test('pods nominated to a node keep their place there against lower priorities', () => {
  const view = cluster([node('a')])
  const promised = pod('promised', { cpu: '3', priority: 10 })
  const nominated = (at: string) => (at === 'a' ? [info(promised)] : [])
  const finder = new NodeFinder({ plugins, nominated, rand: () => 0 })
  expect(finder.find(pod('lower', { cpu: '2', priority: 1 }), view).kind).toBe('unschedulable')
  expect(finder.find(pod('higher', { cpu: '2', priority: 20 }), view).kind).toBe('fits')
})
