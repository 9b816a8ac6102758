import { expect, test } from 'vitest'
import type { CronJob, CronJobSpec } from '../../../../api/batch/v1.ts'
import { cronJobStrategy } from './strategy.ts'
import { validateCronJob } from './validation.ts'

const container = { name: 'c', image: 'i', terminationMessagePolicy: 'File', imagePullPolicy: 'Always' } as const
const template = { spec: { containers: [container], restartPolicy: 'Never', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30 } } as const
const newCronJob = (spec: Partial<CronJobSpec> = {}, name = 'c'): CronJob => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name, namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { schedule: '* * * * *', concurrencyPolicy: 'Allow', jobTemplate: { spec: { template } }, ...spec },
})
const problems = (cronJob: CronJob, old?: CronJob) => validateCronJob(cronJob, old).map(({ field, detail }) => `${field}: ${detail}`)

test.each<[string, Partial<CronJobSpec>, readonly string[]]>([
  ['plain', {}, []],
  ['no schedule', { schedule: '' }, ['spec.schedule: ']],
  ['a bad one', { schedule: 'x' }, ['spec.schedule: expected exactly 5 fields, found 1: [x]']],
  ['a zone in the schedule', { schedule: 'TZ=UTC 0 * * * *' }, ['spec.schedule: cannot use TZ or CRON_TZ in schedule, use timeZone field instead']],
  ['a zone', { timeZone: 'Europe/Berlin' }, []],
  [
    'not the zone of the machine',
    { timeZone: 'Local' },
    ['spec.timeZone: timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'],
  ],
  ['an unknown zone', { timeZone: '../UTC' }, ['spec.timeZone: unknown time zone ../UTC']],
  ['no policy', { concurrencyPolicy: '' as never }, ['spec.concurrencyPolicy: ']],
  [
    'selectors',
    { jobTemplate: { spec: { template, selector: {}, manualSelector: true } } },
    ['spec.jobTemplate.spec.selector: `selector` will be auto-generated', 'spec.jobTemplate.spec.manualSelector: supported values: "nil", "false"'],
  ],
])('%s', (_, spec, expected) => expect(problems(newCronJob(spec))).toEqual(expected))

test('names leave room for those of Jobs, where that can still be helped', () => {
  const long = newCronJob({}, 'n'.repeat(53))
  expect(problems(long)).toEqual(['metadata.name: must be no more than 52 characters'])
  expect(problems(long, long)).toEqual([])
})

test('an old schedule keeps its zone', () => {
  const old = newCronJob({ schedule: 'CRON_TZ=UTC 0 * * * *' })
  expect(problems(newCronJob({ schedule: 'TZ=UTC 5 * * * *' }), old)).toEqual([])
  expect(problems(newCronJob({ schedule: 'TZ=UTC 5 * * * *', timeZone: 'UTC' }), old)).toEqual([
    'spec.schedule: cannot use both timeZone field and TZ or CRON_TZ in schedule',
  ])
  // Upstream has the path twice.
  expect(cronJobStrategy.warningsOnUpdate!({} as never, old, old)).toEqual([
    'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
  ])
})
