import { expect, test } from 'vitest'
import type { Job } from '../../api/batch/v1.ts'
import { expiresInMs } from './controller.ts'

const nowMs = Date.UTC(2026, 0, 1, 12)
const ended = (type: string, secondsAgo: number) => [{ type, status: 'True', lastTransitionTime: new Date(nowMs - secondsAgo * 1000).toISOString() }]
const job = (ttlSecondsAfterFinished: number | undefined, conditions: object[]) =>
  ({ spec: { ttlSecondsAfterFinished }, status: { conditions } }) as unknown as Job

for (const { name, of, expected } of [
  { name: 'no time to live', of: job(undefined, ended('Complete', 60)), expected: undefined },
  { name: 'still running', of: job(10, []), expected: undefined },
  { name: 'outcome certain, pods not yet ended', of: job(10, ended('SuccessCriteriaMet', 60)), expected: undefined },
  { name: 'completed a while ago', of: job(100, ended('Complete', 60)), expected: 40_000 },
  { name: 'failed long ago', of: job(10, ended('Failed', 60)), expected: 0 },
  { name: 'at once', of: job(0, ended('Complete', 0)), expected: 0 },
]) {
  test(name, () => expect(expiresInMs(of, nowMs)).toBe(expected))
}
