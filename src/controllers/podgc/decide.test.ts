import { expect, test } from 'vitest'
import type { Pod } from '../../api/core/v1.ts'
import { decide, excessEnded } from './decide.ts'

const pod = (nodeName: string, { phase = 'Running', deleting = false } = {}) =>
  ({ metadata: deleting ? { deletionTimestamp: 'x' } : {}, spec: { nodeName }, status: { phase } }) as unknown as Pod

for (const { name, of, missingMs, expected } of [
  { name: 'its node is there', of: pod('n'), missingMs: undefined, expected: { kind: 'keep' } },
  { name: 'its node is not there: perhaps not yet', of: pod('n'), missingMs: 10_000, expected: { kind: 'wait', ms: 30_000 } },
  { name: 'its node is gone: it has failed', of: pod('n'), missingMs: 40_000, expected: { kind: 'delete', why: 'orphaned', markFailed: true } },
  {
    name: 'its node is gone, it had ended',
    of: pod('n', { phase: 'Succeeded' }),
    missingMs: 40_000,
    expected: { kind: 'delete', why: 'orphaned', markFailed: false },
  },
  { name: 'waits for a node', of: pod('', { phase: 'Pending' }), missingMs: undefined, expected: { kind: 'keep' } },
  {
    name: 'deleted before it had a node',
    of: pod('', { phase: 'Pending', deleting: true }),
    missingMs: undefined,
    expected: { kind: 'delete', why: 'unscheduled', markFailed: true },
  },
]) {
  test(name, () => expect(decide(of, missingMs)).toEqual(expected))
}

const ended = (name: string, minute: number, reason?: string) =>
  ({ metadata: { name, creationTimestamp: `2026-01-01T00:0${minute}:00Z` }, status: { phase: reason ? 'Failed' : 'Succeeded', reason } }) as unknown as Pod

for (const { name, max, expected } of [
  { name: 'as many as may stay', max: 4, expected: [] },
  { name: 'evicted ones go first', max: 3, expected: ['evicted'] },
  { name: 'then the oldest', max: 1, expected: ['evicted', 'old', 'newer'] },
  { name: '0: all stay', max: 0, expected: [] },
  { name: 'less than 0: all stay', max: -1, expected: [] },
]) {
  test(`pods that have ended: ${name}`, () => {
    const pods = [ended('newest', 4), ended('evicted', 9, 'Evicted'), ended('old', 1), ended('newer', 2)]
    expect(excessEnded(pods, max).map((each) => each.metadata.name)).toEqual(expected)
  })
}
