import { expect, test } from 'vitest'
import type { NamespaceCondition } from '../../api/core/v1.ts'
import { type Obstacles, conditionsOf } from './conditions.ts'

const nowMs = Date.UTC(2026, 0, 1)
const none: Obstacles = { discoveryFailures: [], deletionFailures: [], remaining: { objects: new Map(), finalizers: new Map() } }
const summary = (conditions: readonly NamespaceCondition[]) => conditions.filter((c) => c.status === 'True').map((c) => `${c.reason}: ${c.message}`)

for (const { name, obstacles, expected } of [
  { name: 'nothing in the way', obstacles: {}, expected: [] },
  {
    name: 'an aggregated API is down',
    obstacles: { discoveryFailures: ['metrics.k8s.io/v1beta1'] },
    expected: ['DiscoveryFailed: Discovery failed for some groups, 1 failing: metrics.k8s.io/v1beta1'],
  },
  {
    name: 'pods with finalizers',
    obstacles: { remaining: { objects: new Map([['pods.', 2]]), finalizers: new Map([['example.com/f', 2]]) } },
    expected: [
      'SomeResourcesRemain: Some resources are remaining: pods. has 2 resource instances',
      'SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/f in 2 resource instances',
    ],
  },
  {
    name: 'a deletion is refused',
    obstacles: { deletionFailures: ['no'] },
    expected: ['ContentDeletionFailed: Failed to delete all resource types, 1 remaining: no'],
  },
] satisfies { name: string; obstacles: Partial<Obstacles>; expected: string[] }[]) {
  test(name, () => {
    const conditions = conditionsOf([], { ...none, ...obstacles }, nowMs)
    expect(conditions).toHaveLength(5)
    expect(summary(conditions)).toEqual(expected)
  })
}

test('foreign conditions stay; times change only with the status', () => {
  const foreign: NamespaceCondition = { type: 'Foreign', status: 'True' }
  const first = conditionsOf([foreign], { ...none, deletionFailures: ['no'] }, nowMs)
  const second = conditionsOf(first, none, nowMs + 60_000)
  expect(second[0]).toBe(foreign)
  const times = new Map(second.map((c) => [c.type, c.lastTransitionTime]))
  expect(times.get('NamespaceDeletionContentFailure')).toBe('2026-01-01T00:01:00Z')
  expect(times.get('NamespaceContentRemaining')).toBe('2026-01-01T00:00:00Z')
})
