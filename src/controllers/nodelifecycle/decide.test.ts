import { expect, test } from 'vitest'
import type { Node } from '../../api/core/v1.ts'
import { judge, taintsOf } from './decide.ts'
import { evictionIntervalMs } from './zones.ts'

const nowMs = Date.UTC(2026, 0, 1)

function node({ ready = 'True', conditions = [] as { type: string; status: string }[], spec = {}, zone = '' } = {}): Node {
  return {
    metadata: { name: 'n', creationTimestamp: '2026-01-01T00:00:00Z', labels: zone ? { 'topology.kubernetes.io/zone': zone } : {} },
    spec,
    status: { conditions: [...(ready ? [{ type: 'Ready', status: ready }] : []), ...conditions] },
  } as unknown as Node
}

const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({ type, status: 'False' }))

for (const { name, of, silentMs, expected } of [
  { name: 'heard of lately', of: node(), silentMs: 49_999, expected: 'True; silent in 1' },
  {
    name: 'silent for 50 s: nothing is known',
    of: node({ conditions: pressures }),
    silentMs: 50_000,
    expected: 'Unknown; Ready=NodeStatusUnknown MemoryPressure=NodeStatusUnknown DiskPressure=NodeStatusUnknown PIDPressure=NodeStatusUnknown',
  },
  { name: 'never reported, started 55 s ago', of: node({ ready: '' }), silentMs: 55_000, expected: 'Unreported; silent in 5000' },
  {
    name: 'never reported within 60 s',
    of: node({ ready: '' }),
    silentMs: 60_000,
    expected:
      'Unknown; Ready=NodeStatusNeverUpdated MemoryPressure=NodeStatusNeverUpdated DiskPressure=NodeStatusNeverUpdated PIDPressure=NodeStatusNeverUpdated',
  },
  {
    name: 'known to be silent: nothing to write',
    of: node({ ready: 'Unknown', conditions: pressures.map((p) => ({ ...p, status: 'Unknown' })) }),
    silentMs: 90_000,
    expected: 'Unknown; ',
  },
]) {
  test(name, () => {
    const { ready, silentInMs, conditions = [] } = judge(of, silentMs, nowMs)
    const rest = silentInMs === undefined ? conditions.map((c) => `${c.type}=${c.reason}`).join(' ') : `silent in ${silentInMs}`
    expect(`${ready}; ${rest}`).toBe(expected)
  })
}

const foreign = { key: 'example.com/x', effect: 'NoExecute' }
const evicting = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: 'before' }

for (const { name, of, ready, mayEvict = true, expected } of [
  { name: 'healthy: only what others put there', of: node({ spec: { taints: [foreign, evicting] } }), ready: 'True', expected: ['example.com/x:NoExecute'] },
  {
    name: 'not ready: no new pods, and the old ones go',
    of: node(),
    ready: 'False',
    expected: ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute'],
  },
  { name: 'too many in trouble: old pods stay', of: node(), ready: 'False', mayEvict: false, expected: ['node.kubernetes.io/not-ready:NoSchedule'] },
  {
    name: 'unreachable already: the time it was added stays',
    of: node({ spec: { taints: [evicting] } }),
    ready: 'Unknown',
    mayEvict: false,
    expected: ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute@before'],
  },
  {
    name: 'cordoned and short of memory',
    of: node({ spec: { unschedulable: true }, conditions: [{ type: 'MemoryPressure', status: 'True' }] }),
    ready: 'True',
    expected: ['node.kubernetes.io/memory-pressure:NoSchedule', 'node.kubernetes.io/unschedulable:NoSchedule'],
  },
] satisfies { name: string; of: Node; ready: 'True' | 'False' | 'Unknown'; mayEvict?: boolean; expected: string[] }[]) {
  test(name, () => {
    const taints = taintsOf(of, ready, { mayEvict, nowMs })
    expect(taints.map(({ key, effect, timeAdded }) => `${key}:${effect}${timeAdded === 'before' ? '@before' : ''}`)).toEqual(expected)
  })
}

const zone = (name: string, healthy: number, ill: number) => [
  ...Array.from({ length: healthy }, () => node({ zone: name })),
  ...Array.from({ length: ill }, () => node({ zone: name, ready: 'False' })),
]

for (const { name, zones, expected } of [
  { name: 'one of three is ill: one eviction in 10 s', zones: { a: zone('a', 2, 1) }, expected: 10_000 },
  { name: 'all are ill: it is us', zones: { a: zone('a', 0, 3) }, expected: undefined },
  { name: 'a whole zone is ill, another is well', zones: { a: zone('a', 0, 3), b: zone('b', 3, 0) }, expected: 10_000 },
  { name: '3 of 5 are ill (60 %), a small zone: no evictions', zones: { a: zone('a', 2, 3) }, expected: undefined },
  { name: '2 of 3 are ill: too few to tell', zones: { a: zone('a', 1, 2) }, expected: 10_000 },
  { name: '33 of 60 are ill (55 %): slowly', zones: { a: zone('a', 27, 33) }, expected: 100_000 },
]) {
  test(name, () => expect(evictionIntervalMs('a', new Map(Object.entries(zones)))).toBe(expected))
}
