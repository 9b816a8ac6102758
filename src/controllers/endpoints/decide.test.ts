import { expect, test } from 'vitest'
import type { Endpoints, Pod, Service } from '../../api/core/v1.ts'
import { decide } from './decide.ts'

function pod(name: string, { ip = '10.0.0.1', ready = true, terminating = false, port = 8080 } = {}): Pod {
  return {
    metadata: { name, namespace: 'default', uid: name, ...(terminating ? { deletionTimestamp: 'x' } : {}) },
    spec: { containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port }] }] },
    status: { phase: 'Running', podIP: ip, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  } as unknown as Pod
}

const service = (spec: object = {}) =>
  ({
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: '10.96.0.1', ports: [{ port: 80, targetPort: 'http' }], ...spec },
  }) as unknown as Service

function subsets(pods: readonly Pod[], spec?: object): string[] {
  const plan = decide(service(spec), pods, undefined)
  const ips = (addresses?: readonly { ip: string }[]) => (addresses ?? []).map(({ ip }) => ip).join(' ')
  return plan.kind === 'keep'
    ? []
    : (plan.endpoints.subsets ?? []).map((s) => `${ips(s.addresses)} | ${ips(s.notReadyAddresses)} | ${(s.ports ?? []).map((p) => p.port).join(' ')}`)
}

for (const { name, pods, spec, expected } of [
  { name: 'nothing selected: no subsets', pods: [], expected: [] },
  {
    name: 'unready pods stand apart, sorted by address',
    pods: [pod('b', { ip: '10.0.0.2' }), pod('a'), pod('c', { ip: '10.0.0.3', ready: false })],
    expected: ['10.0.0.1 10.0.0.2 | 10.0.0.3 | 8080'],
  },
  { name: 'unready pods published as ready', pods: [pod('c', { ready: false })], spec: { publishNotReadyAddresses: true }, expected: ['10.0.0.1 |  | 8080'] },
  { name: 'terminating pods are left out', pods: [pod('a', { terminating: true })], expected: [] },
  { name: 'terminating pods published', pods: [pod('a', { terminating: true })], spec: { publishNotReadyAddresses: true }, expected: ['10.0.0.1 |  | 8080'] },
  {
    name: 'a named port with two numbers: two subsets',
    pods: [pod('a'), pod('b', { ip: '10.0.0.2', port: 9090 })],
    expected: ['10.0.0.1 |  | 8080', '10.0.0.2 |  | 9090'],
  },
  { name: 'no pod has the named port', pods: [pod('a')], spec: { ports: [{ port: 80, targetPort: 'other' }] }, expected: [] },
  { name: 'headless without ports', pods: [pod('a')], spec: { clusterIP: 'None', ports: [] }, expected: ['10.0.0.1 |  | '] },
] satisfies { name: string; pods: Pod[]; spec?: object; expected: string[] }[]) {
  test(name, () => expect(subsets(pods, spec)).toEqual(expected))
}

test('nothing changed: nothing written', () => {
  const first = decide(service(), [pod('a')], undefined) as { endpoints: Endpoints }
  expect(decide(service(), [pod('a')], first.endpoints).kind).toBe('keep')
})

test('above 1000 addresses, ready ones are kept first', () => {
  const ready = Array.from({ length: 900 }, (_, i) => pod(`r${i}`, { ip: `10.1.${i >> 8}.${i & 255}` }))
  const other = Array.from({ length: 200 }, (_, i) => pod(`n${i}`, { ip: `10.2.0.${i}`, ready: false }))
  const { endpoints } = decide(service(), [...ready, ...other], undefined) as { endpoints: Endpoints }
  expect([endpoints.subsets?.[0]?.addresses?.length, endpoints.subsets?.[0]?.notReadyAddresses?.length]).toEqual([900, 100])
  expect(endpoints.metadata.annotations).toEqual({ 'endpoints.kubernetes.io/over-capacity': 'truncated' })
})
