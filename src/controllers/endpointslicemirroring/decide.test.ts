import { expect, test } from 'vitest'
import type { EndpointSubset, Endpoints, Service } from '../../api/core/v1.ts'
import type { EndpointSlice } from '../../api/discovery/v1.ts'
import { type Plan, decide, isMirrored } from './decide.ts'

const http = [{ name: 'http', port: 80, protocol: 'TCP' as const }]
const https = [{ name: 'https', port: 443, protocol: 'TCP' as const }]

const endpoints = (subsets: readonly EndpointSubset[], metadata: object = {}) =>
  ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'db', namespace: 'default', uid: 'e', labels: { app: 'db' }, ...metadata },
    subsets,
  }) as unknown as Endpoints

const ips = (...list: string[]) => list.map((ip) => ({ ip }))

/** The slices after a plan has been carried out. */
const applied = ({ create, update }: Plan): EndpointSlice[] => [
  ...update,
  ...create.map((slice, index) => ({ ...slice, metadata: { ...slice.metadata, name: `s${index}` } }) as EndpointSlice),
]

const summary = ({ create, update, remove }: Plan) =>
  [
    ...create.map((s) => `create ${s.addressType} ${s.endpoints!.map((e) => e.addresses[0]).join(' ')}`),
    ...update.map((s) => `update ${s.endpoints!.map((e) => e.addresses[0]).join(' ')}`),
    ...remove.map(() => 'remove'),
  ].join(', ')

const one = endpoints([{ addresses: ips('10.0.0.1'), ports: http }])

for (const { name, before, now, expected } of [
  { name: 'new', before: undefined, now: one, expected: 'create IPv4 10.0.0.1' },
  { name: 'unchanged', before: one, now: one, expected: '' },
  {
    name: 'the same in another order',
    before: endpoints([{ addresses: ips('10.0.0.2', '10.0.0.1') }]),
    now: endpoints([{ addresses: ips('10.0.0.1', '10.0.0.2') }]),
    expected: '',
  },
  { name: 'another address', before: one, now: endpoints([{ addresses: ips('10.0.0.2'), ports: http }]), expected: 'update 10.0.0.2' },
  { name: 'no longer ready', before: one, now: endpoints([{ notReadyAddresses: ips('10.0.0.1'), ports: http }]), expected: 'update 10.0.0.1' },
  { name: 'other labels', before: one, now: endpoints([{ addresses: ips('10.0.0.1'), ports: http }], { labels: {} }), expected: 'update 10.0.0.1' },
  { name: 'other ports: another slice', before: one, now: endpoints([{ addresses: ips('10.0.0.1'), ports: https }]), expected: 'create IPv4 10.0.0.1, remove' },
  {
    name: 'both families: a slice each',
    before: one,
    now: endpoints([{ addresses: ips('10.0.0.1', 'FD00::1'), ports: http }]),
    expected: 'create IPv6 fd00::1',
  },
  {
    name: 'subsets of equal ports: one slice',
    before: undefined,
    now: endpoints([{ addresses: ips('10.0.0.1') }, { notReadyAddresses: ips('10.0.0.2') }]),
    expected: 'create IPv4 10.0.0.1 10.0.0.2',
  },
  { name: 'no addresses: no slice', before: one, now: endpoints([]), expected: 'remove' },
  { name: 'no longer mirrored', before: one, now: undefined, expected: 'remove' },
]) {
  test(name, () => expect(summary(decide(now, before ? applied(decide(before, [])) : []))).toBe(expected))
}

test('a slice names its service, manager and owner, and carries labels and annotations', () => {
  const annotations = { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' }
  const subset = { addresses: [{ ip: '10.0.0.1', hostname: 'h', nodeName: 'n', targetRef: { kind: 'Pod', name: 'p' } }], ports: http }
  const [slice] = decide(endpoints([subset], { annotations }), []).create
  expect(slice?.metadata).toMatchObject({
    generateName: 'db-',
    labels: { app: 'db', 'kubernetes.io/service-name': 'db', 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' },
    annotations: { note: 'x' },
    ownerReferences: [{ kind: 'Endpoints', uid: 'e', controller: true }],
  })
  expect(slice?.metadata.annotations).toEqual({ note: 'x' })
  expect(slice?.ports).toEqual(http)
  expect(slice?.endpoints).toEqual([
    { addresses: ['10.0.0.1'], conditions: { ready: true }, hostname: 'h', nodeName: 'n', targetRef: { kind: 'Pod', name: 'p' } },
  ])
})

test('at most 1000 addresses of a subset; what is no IP is left out; both are counted', () => {
  const many = Array.from({ length: 1003 }, (_, index) => ({ ip: `10.0.${index >> 8}.${index & 255}` }))
  const plan = decide(endpoints([{ addresses: [{ ip: 'x' }, ...many] }]), [])
  expect([plan.create[0]?.endpoints?.length, plan.invalid, plan.tooMany]).toEqual([1000, 1, 3])
})

for (const { name, metadata = {}, spec, expected } of [
  { name: 'service without selector', spec: {}, expected: true },
  { name: 'service with selector', spec: { selector: { app: 'db' } }, expected: false },
  { name: 'no service', spec: undefined, expected: false },
  { name: 'asks not to be', metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }, spec: {}, expected: false },
  { name: 'a leader election', metadata: { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }, spec: {}, expected: false },
]) {
  test(`mirrored: ${name}: ${expected}`, () => expect(isMirrored(endpoints([], metadata), spec && ({ spec } as unknown as Service))).toBe(expected))
}
