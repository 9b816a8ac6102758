import { expect, test } from 'vitest'
import type { CronJob, CronJobSpec, CronJobStatus, Job } from '../../api/batch/v1.ts'
import { beyondHistory, decide, nextIn, observe } from './decide.ts'

const hourly = (spec: Partial<CronJobSpec> = {}, status: CronJobStatus = {}, metadata: object = {}): CronJob =>
  ({
    metadata: { name: 'report', namespace: 'default', creationTimestamp: '2026-01-01T09:30:00Z', ...metadata },
    spec: { schedule: '0 * * * *', timeZone: 'Etc/UTC', concurrencyPolicy: 'Allow', jobTemplate: {}, ...spec },
    status,
  }) as unknown as CronJob

const at = (time: string) => Date.parse(`2026-01-01T${time}Z`)
const running = [{ name: 'earlier', uid: 'earlier' }]
const last = (time: string) => ({ lastScheduleTime: `2026-01-01T${time}Z` })

for (const { name, cronJob = hourly(), active = [], now, expected } of [
  { name: 'not due yet', now: '09:45:00', expected: { again: '10:00:00.100' } },
  { name: 'due now', now: '10:00:00.100', expected: { start: '10:00:00', again: '11:00:00.100' } },
  { name: 'due a while ago: started late', now: '10:20:00', expected: { start: '10:00:00', again: '11:00:00.100' } },
  { name: 'two missed: only the later is started', now: '11:10:00', expected: { start: '11:00:00', again: '12:00:00.100' } },
  { name: 'started already', cronJob: hourly({}, last('10:00:00')), now: '10:20:00', expected: { again: '11:00:00.100' } },
  { name: 'suspended', cronJob: hourly({ suspend: true }), now: '10:20:00', expected: {} },
  { name: 'being deleted', cronJob: hourly({}, {}, { deletionTimestamp: 'x' }), now: '10:20:00', expected: {} },
  { name: 'within the deadline', cronJob: hourly({ startingDeadlineSeconds: 60 }), now: '10:00:50', expected: { start: '10:00:00', again: '11:00:00.100' } },
  { name: 'after the deadline: as if it had not come', cronJob: hourly({ startingDeadlineSeconds: 60 }), now: '10:20:00', expected: { again: '11:00:00.100' } },
  { name: 'one runs, Allow', active: running, now: '10:00:01', expected: { start: '10:00:00', again: '11:00:00.100' } },
  {
    name: 'one runs, Forbid',
    cronJob: hourly({ concurrencyPolicy: 'Forbid' }),
    active: running,
    now: '10:00:01',
    expected: { again: '11:00:00.100', reasons: ['JobAlreadyActive'] },
  },
  {
    name: 'one runs, Replace',
    cronJob: hourly({ concurrencyPolicy: 'Replace' }),
    active: running,
    now: '10:00:01',
    expected: { start: '10:00:00', replace: true, again: '11:00:00.100' },
  },
  {
    name: 'its own job runs: started, and only the status was not written',
    active: [{ name: `report-${at('10:00:00') / 60_000}`, uid: 'u' }],
    now: '10:00:01',
    expected: { again: '11:00:00.100' },
  },
  {
    name: 'every 40 minutes, since the last',
    cronJob: hourly({ schedule: '@every 40m' }, last('09:30:10')),
    now: '10:55:00',
    expected: { start: '10:50:10', again: '11:30:10.100' },
  },
  {
    name: 'irregular: work hours only',
    cronJob: hourly({ schedule: '30 6-16/4 * * *' }, last('06:30:00')),
    now: '15:00:00',
    expected: { start: '14:30:00', again: '06:30:00.100' },
  },
  {
    name: 'minutely and idle for hours',
    cronJob: hourly({ schedule: '* * * * *' }),
    now: '14:00:30',
    expected: { start: '14:00:00', again: '14:01:00.100', reasons: ['TooManyMissedTimes'] },
  },
  {
    name: 'in a zone',
    cronJob: hourly({ schedule: '0 5 * * *', timeZone: 'America/New_York' }),
    now: '10:00:01',
    expected: { start: '10:00:00', again: '10:00:00.100' },
  },
  { name: 'unknown zone', cronJob: hourly({ timeZone: 'Mars/Phobos' }), now: '10:00:01', expected: { reasons: ['UnknownTimeZone'] } },
  { name: 'nonsense', cronJob: hourly({ schedule: 'x' }), now: '10:00:01', expected: { reasons: ['UnparseableSchedule'] } },
  { name: 'a date that never comes', cronJob: hourly({ schedule: '0 0 31 2 *' }), now: '10:00:01', expected: { reasons: ['InvalidSchedule'] } },
  {
    name: 'zone in the schedule: told that it is not supported',
    cronJob: hourly({ schedule: 'TZ=UTC 0 * * * *' }),
    now: '10:00:01',
    expected: { start: '10:00:00', again: '11:00:00.100', reasons: ['UnsupportedSchedule'] },
  },
] as { name: string; cronJob?: CronJob; active?: { name: string; uid: string }[]; now: string; expected: Record<string, unknown> }[]) {
  test(name, () => {
    const nowMs = at(now)
    const { startMs, replace, againInMs, remarks } = decide(cronJob, active, nowMs)
    const time = (ms: number) => new Date(ms).toISOString().slice(11, 23).replace('.000', '')
    expect({
      ...(startMs === undefined ? {} : { start: time(startMs) }),
      ...(replace ? { replace } : {}),
      ...(againInMs === undefined ? {} : { again: time(nowMs + againInMs) }),
      ...(remarks.length ? { reasons: remarks.map(({ reason }) => reason) } : {}),
    }).toEqual(expected)
  })
}

test('a schedule that was changed is looked at when it is due next', () => {
  expect(nextIn(hourly({}, last('10:00:00')), at('10:20:00'))).toBe(40 * 60_000 + 100)
  expect(nextIn(hourly({ schedule: 'x' }), at('10:20:00'))).toBeUndefined()
})

const job = (name: string, end?: 'Complete' | 'Failed', time = '2026-01-01T10:00:00Z') =>
  ({
    metadata: { name, uid: name },
    status: { startTime: time, ...(end ? { completionTime: time, conditions: [{ type: end, status: 'True' }] } : {}) },
  }) as unknown as Job

test('runs: what ended leaves the list, what is not seen stays until the server was asked', () => {
  const active = [
    { name: 'done', uid: 'done' },
    { name: 'on', uid: 'on' },
    { name: 'lost', uid: 'lost' },
  ]
  const observation = observe(hourly({}, { active, lastSuccessfulTime: '2026-01-01T08:00:00Z' }), [job('done', 'Complete'), job('on'), job('stranger')])
  expect(observation).toMatchObject({
    active: [{ name: 'on' }, { name: 'lost' }],
    unseen: [{ name: 'lost' }],
    lastSuccessfulTime: '2026-01-01T10:00:00Z',
  })
  expect(observation.remarks.map(({ message }) => message)).toEqual([
    'Saw completed job: done, condition: Complete',
    'Saw a job that the controller did not create or forgot: stranger',
  ])
})

test('history: of each kind the oldest beyond the limit', () => {
  const jobs = [job('c', 'Complete', '3'), job('a', 'Complete', '1'), job('b', 'Complete', '2'), job('on'), job('f', 'Failed', '1'), job('g', 'Failed', '1')]
  const names = (spec: Partial<CronJobSpec>) => beyondHistory(hourly(spec), jobs).map(({ metadata }) => metadata.name)
  expect(names({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1 })).toEqual(['a', 'b', 'f'])
  expect(names({ successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 5 })).toEqual(['a', 'b', 'c'])
  expect(names({})).toEqual([])
})
