import { expect, test } from 'vitest'
import { trackedSince } from './legacy-token-tracking.ts'

for (const { since, expected } of [
  { since: '2026-01-31', expected: '2026-01-31' },
  { since: '2026-02-01', expected: '2026-02-01' },
  { since: '2026-02-02', expected: undefined },
  { since: 'yesterday', expected: undefined },
  { since: '2026-13-01', expected: undefined },
  { since: undefined, expected: undefined },
]) {
  test(`on 1 February ${since} ${expected ? 'stays' : 'is a mistake'}`, () =>
    expect(trackedSince(since === undefined ? {} : { data: { since } }, '2026-02-01')).toBe(expected))
}
