import { expect, test } from 'vitest'
import type { Node, Pod, Service } from '../../api/core/v1.ts'
import type { EndpointSlice } from '../../api/discovery/v1.ts'
import type { SlicePlan } from '../framework/write-slices.ts'
import { decide } from './decide.ts'
import { desiredGroups } from './desired.ts'

interface PodFacts {
  name?: string
  ip?: string
  ready?: boolean
  terminating?: boolean
  phase?: string
  http?: number
}

function pod(
  index: number,
  { name = `p${index}`, ip = `10.0.${index >> 8}.${index & 255}`, ready = true, terminating = false, phase = 'Running', http = 8080 }: PodFacts = {},
): Pod {
  return {
    metadata: { name, namespace: 'default', uid: name, ...(terminating ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: { nodeName: 'n1', containers: [{ name: 'c', ports: [{ name: 'http', containerPort: http }] }] },
    status: {
      phase,
      podIPs: ip
        .split(',')
        .filter(Boolean)
        .map((each) => ({ ip: each })),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  } as unknown as Pod
}

const pods = (count: number, facts: PodFacts = {}) => Array.from({ length: count }, (_, index) => pod(index, facts))

function service(spec: Partial<Service['spec']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', uid: 's', labels: { app: 'web' } },
    spec: { selector: { app: 'web' }, clusterIP: '10.96.0.1', ipFamilies: ['IPv4'], ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec },
  } as unknown as Service
}

const node = { metadata: { labels: { 'topology.kubernetes.io/zone': 'a' } } } as unknown as Node
const groupsOf = (s: Service, selected: readonly Pod[]) => desiredGroups(s, selected, () => node)

/** The slices after a plan has been carried out. */
function applied({ create, update, remove }: SlicePlan, before: readonly EndpointSlice[] = []): EndpointSlice[] {
  const kept = before.filter((slice) => !remove.includes(slice)).map((slice) => update.find((each) => each.metadata.name === slice.metadata.name) ?? slice)
  return [...kept, ...create.map((slice, index) => ({ ...slice, metadata: { ...slice.metadata, name: `s${before.length + index}` } }) as EndpointSlice)]
}

const summary = ({ create, update, remove }: SlicePlan) =>
  [
    ...create.map((s) => `create ${s.endpoints!.length}`),
    ...update.map((s) => `update ${s.endpoints!.length}`),
    ...remove.map((s) => `remove ${s.endpoints!.length}`),
  ].join(', ')

for (const { name, before, now, expected } of [
  { name: 'selects nothing: an empty slice', before: [], now: [], expected: 'create 0' },
  { name: 'one pod', before: [], now: pods(1), expected: 'create 1' },
  { name: '250 pods: slices of at most 100', before: [], now: pods(250), expected: 'create 100, create 100, create 50' },
  { name: 'nothing changed: nothing written', before: pods(3), now: pods(3), expected: '' },
  { name: 'one more fits into the slice', before: pods(3), now: pods(4), expected: 'update 4' },
  { name: 'one more than fits: a second slice', before: pods(100), now: pods(101), expected: 'create 1' },
  { name: 'one gone, one new: one write', before: pods(100), now: pods(101).slice(1), expected: 'update 100' },
  { name: 'the second slice becomes empty and goes', before: pods(101), now: pods(100), expected: 'remove 1' },
  { name: 'the last pod goes: an empty slice without ports takes its place', before: pods(1), now: [], expected: 'create 0, remove 1' },
  { name: 'a pod becomes unready', before: pods(2), now: [pod(0), pod(1, { ready: false })], expected: 'update 2' },
  { name: 'other port numbers: another slice', before: pods(1), now: [pod(0), pod(1, { http: 9090 })], expected: 'create 1' },
]) {
  test(name, () => {
    const s = service()
    const existing = before.length || name.includes('nothing changed') ? applied(decide(s, groupsOf(s, before), [])) : []
    expect(summary(decide(s, groupsOf(s, now), existing))).toBe(expected)
  })
}

for (const { name, facts, spec = {}, expected } of [
  { name: 'ready', facts: {}, expected: { ready: true, serving: true, terminating: false } },
  { name: 'unready', facts: { ready: false }, expected: { ready: false, serving: false, terminating: false } },
  { name: 'terminating and still serving', facts: { terminating: true }, expected: { ready: false, serving: true, terminating: true } },
  {
    name: 'unready, published all the same',
    facts: { ready: false },
    spec: { publishNotReadyAddresses: true },
    expected: { ready: true, serving: false, terminating: false },
  },
  { name: 'ended', facts: { phase: 'Failed' }, expected: undefined },
  { name: 'without address', facts: { ip: '' }, expected: undefined },
]) {
  test(`conditions of a pod that is ${name}`, () => {
    expect(groupsOf(service(spec), [pod(0, facts)])[0]?.endpoints[0]?.conditions).toEqual(expected)
  })
}

test('dual stack: a slice per family', () => {
  const s = service({ ipFamilies: ['IPv4', 'IPv6'] })
  const plan = decide(s, groupsOf(s, [pod(0, { ip: '10.0.0.1,fd00::1' })]), [])
  expect(plan.create.map((slice) => [slice.addressType, slice.endpoints?.[0]?.addresses])).toEqual([
    ['IPv4', ['10.0.0.1']],
    ['IPv6', ['fd00::1']],
  ])
})

test('a slice names its service, its manager, its owner, and carries the labels of the service', () => {
  const s = service({ clusterIP: 'None' })
  const { metadata, ports, endpoints } = decide(s, groupsOf(s, [pod(0)]), []).create[0]!
  expect(metadata.labels).toEqual({
    app: 'web',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    'service.kubernetes.io/headless': '',
  })
  expect(metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Service', uid: 's', controller: true })
  expect(ports).toEqual([{ name: 'http', protocol: 'TCP', port: 8080 }])
  expect(endpoints?.[0]).toMatchObject({ nodeName: 'n1', zone: 'a', targetRef: { kind: 'Pod', name: 'p0' } })
})
