import { expect, test } from 'vitest'
import type { Pod } from '../../api/core/v1.ts'
import { silentLogger } from '../../component-base/logger.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { pod } from '../fake/pods.ts'
import type { Failure } from '../sync/pod-syncer.ts'
import { evictOne } from './eviction-loop.ts'
import { rankByMemory } from './rank.ts'

const mi = 2 ** 20
const asks = (uid: string, memory: string | undefined, priority = 0): Pod =>
  pod({ priority, containers: [{ name: 'c', ...(memory ? { resources: { requests: { memory } } } : {}) }] }, { metadata: { uid } })

test('over their request first, then by priority, then by how much', () => {
  const used: Record<string, number> = { under: 50 * mi, important: 90 * mi, little: 20 * mi, much: 80 * mi, critical: 900 * mi }
  const pods = [
    asks('under', '100Mi'),
    asks('important', '10Mi', 1000),
    asks('little', '10Mi'),
    asks('much', '10Mi'),
    asks('critical', undefined, 2_000_000_000),
  ]
  expect(rankByMemory(pods, (uid) => used[uid]!).map((p) => p.metadata.uid)).toEqual(['much', 'little', 'important', 'under'])
})

test.each([
  ['enough memory: nobody', 200 * mi, undefined],
  ['short of memory: the largest', 50 * mi, 'b'],
])('%s', async (_, memoryAvailableBytes, want) => {
  const evicted: [string, Failure][] = []
  const stats = ['a', 'b'].map((uid, i) => ({ attributes: { labels: { 'io.kubernetes.pod.uid': uid } }, memory: { workingSetBytes: { value: (i + 1) * mi } } }))
  await evictOne({
    runtime: { listContainerStats: async () => ({ stats }) },
    clock: new FakeClock(),
    logger: silentLogger,
    recorder: { event() {} },
    usage: async () => ({ memoryAvailableBytes }),
    active: () => [asks('a', undefined), asks('b', undefined)],
    evict: (uid, failure) => void evicted.push([uid, failure]),
  })
  expect(evicted.map(([uid, { reason }]) => `${uid} ${reason}`)).toEqual(want ? [`${want} Evicted`] : [])
})
