import { expect, test } from 'vitest'
import type { Job, JobSpec, JobStatus } from '../../../../api/batch/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import type { RequestContext } from '../../generic/strategy.ts'
import { jobStrategy } from './strategy.ts'
import { validateJobStatus } from './validate-status.ts'

const context = {} as RequestContext

function newJob(spec: Partial<JobSpec> = {}): Mutable<Job> {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'n', uid: 'u' },
    spec: { template: { spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never' } }, ...structuredClone(spec) },
  } as unknown as Mutable<Job>
  jobStrategy.defaults!(job)
  jobStrategy.prepareForCreate!(context, job)
  jobStrategy.canonicalize!(job)
  return job
}

const created = (spec: Partial<JobSpec>) => jobStrategy.validate!(context, newJob(spec)).map(fieldErrorMessage)

function updated(old: Mutable<Job>, change: (job: Mutable<Job>) => void): readonly string[] {
  const job = structuredClone(old)
  change(job)
  return [...new Set(jobStrategy.validateUpdate!(context, job, old).map((error) => `${error.field}: ${error.detail}`))]
}

test('the selector is made from the uid, and labels with it', () => {
  const labels = { 'batch.kubernetes.io/controller-uid': 'u', 'batch.kubernetes.io/job-name': 'j', 'controller-uid': 'u', 'job-name': 'j' }
  const job = newJob()
  expect(job.spec.selector).toEqual({ matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } })
  expect(job.spec.template.metadata?.labels).toEqual(labels)
  expect(job.metadata.labels).toEqual(labels)
  expect(created({})).toEqual([])
})

test('a selector of the user is refused unless manual', () => {
  const selector = { matchLabels: { a: 'b' } }
  expect(created({ selector })[0]).toContain('`selector` not auto-generated')
  expect(newJob({ selector, manualSelector: true }).spec.selector).toEqual(selector)
})

test('completions and parallelism', () => {
  const sizes = (spec: Partial<JobSpec>) => [newJob(spec).spec.completions, newJob(spec).spec.parallelism]
  expect(sizes({})).toEqual([1, 1])
  expect(sizes({ completions: 3 })).toEqual([3, 1])
  expect(sizes({ parallelism: 3 })).toEqual([undefined, 3]) // a work queue: done when one is
})

test('what may change', () => {
  const running = newJob()
  const suspended = newJob({ suspend: true })
  const image = (job: Mutable<Job>) => (job.spec.template.spec!.containers[0]!.image = 'other')
  const place = (job: Mutable<Job>) => (job.spec.template.spec!.nodeSelector = { a: 'b' })
  const size = (job: Mutable<Job>) => (job.spec.template.spec!.containers[0]!.resources = { requests: { cpu: '1' } })
  const immutable = 'field is immutable'
  expect(updated(running, (job) => (job.spec.parallelism = 5))).toEqual([])
  expect(updated(running, (job) => (job.spec.completions = 5))).toEqual([`spec.completions: ${immutable}`])
  expect(updated(running, image)).toEqual([`spec.template: ${immutable}`])
  expect(updated(running, place)).toEqual([`spec.template: ${immutable}`])
  expect(updated(suspended, place)).toEqual([])
  expect(updated(suspended, size)).toEqual([])
  expect(updated(suspended, image)).toEqual([`spec.template.spec: ${immutable}`])
})

test('an indexed Job grows with its parallelism', () => {
  const job = newJob({ completionMode: 'Indexed', completions: 3, parallelism: 3 })
  expect(updated(job, ({ spec }) => Object.assign(spec, { completions: 5, parallelism: 5 }))).toEqual([])
  expect(updated(job, ({ spec }) => Object.assign(spec, { completions: 5 }))).toEqual([
    'spec.completions: can only be modified in tandem with spec.parallelism',
  ])
})

const time = '2026-01-01T00:00:00Z'
const condition = (type: string) => ({ type, status: 'True' as const })
const done: JobStatus = { startTime: time, completionTime: time, succeeded: 1, conditions: [condition('SuccessCriteriaMet'), condition('Complete')] }

test.each<[string, JobStatus, JobStatus, readonly string[]]>([
  ['starts', {}, { startTime: time, active: 1 }, []],
  ['completes', { startTime: time, active: 1 }, done, []],
  ['starts again', { startTime: time }, { startTime: '2026-01-02T00:00:00Z' }, ['status.startTime: field is immutable for unsuspended job once set']],
  [
    'is undone',
    done,
    { ...done, conditions: [] },
    [
      'status.completionTime: cannot set completionTime when there is no Complete=True condition',
      'status.conditions: cannot disable the terminal Complete=True condition',
      'status.conditions: cannot disable the SuccessCriteriaMet=True condition',
    ],
  ],
  [
    'fails out of the blue',
    { startTime: time },
    { startTime: time, conditions: [condition('Failed')] },
    ['status.conditions: cannot set Failed=True condition without the FailureTarget=true condition'],
  ],
  ['forgets failures', { failed: 2 }, { failed: 1 }, ['status.failed: cannot decrease the failed counter']],
  ['has indexes', {}, { completedIndexes: '0' }, ['status.completedIndexes: cannot set non-empty completedIndexes when non-indexed completion mode']],
  ['is more ready than active', {}, { ready: 1 }, ['status.ready: cannot set more ready pods than active']],
  ['was wrong before and changes elsewhere', { ready: 1 }, { ready: 1, failed: 1 }, []],
])('a Job that %s', (_, before, status, expected) => {
  const old = { ...newJob(), status: before } as Job
  expect(validateJobStatus({ ...old, status } as Job, old).map(({ field, detail }) => `${field}: ${detail}`)).toEqual(expected)
})
