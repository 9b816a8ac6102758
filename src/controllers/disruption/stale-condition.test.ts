import { expect, test } from 'vitest'
import type { Pod } from '../../api/core/v1.ts'
import { staleInMs } from './stale-condition.ts'

const nowMs = Date.UTC(2026, 0, 1, 0, 1)
const condition = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', lastTransitionTime: '2026-01-01T00:00:00Z' }

for (const { name, metadata = {}, status = {}, change = {}, expected } of [
  { name: 'marked a minute ago: stale in another', expected: 60_000 },
  { name: 'marked long ago: stale', change: { lastTransitionTime: '2025-01-01T00:00:00Z' }, expected: 0 },
  { name: 'on its way', metadata: { deletionTimestamp: 'x' }, expected: undefined },
  { name: 'ended', status: { phase: 'Failed' }, expected: undefined },
  { name: 'marked by the kubelet, which takes its time', change: { reason: 'TerminationByKubelet' }, expected: undefined },
  { name: 'taken back already', change: { status: 'False' }, expected: undefined },
]) {
  test(name, () => {
    expect(staleInMs({ metadata, status: { ...status, conditions: [{ ...condition, ...change }] } } as unknown as Pod, nowMs)).toBe(expected)
  })
}
