import { expect, test } from 'vitest'
import type { Job, JobSpec, JobStatus } from '../../api/batch/v1.ts'
import type { Pod } from '../../api/core/v1.ts'
import { decide } from './decide.ts'
import { formatIndexes, parseIndexes } from './indexes.ts'

const nowMs = Date.UTC(2026, 0, 1, 12)
const at = (secondsAgo: number) => new Date(nowMs - secondsAgo * 1000).toISOString()

const job = (spec: Partial<JobSpec> = {}, status: JobStatus = {}): Job =>
  ({
    metadata: { name: 'j', namespace: 'default', uid: 'j' },
    spec: { parallelism: 1, completions: 1, backoffLimit: 6, template: {}, ...spec },
    status: { startTime: at(60), ...status },
  }) as unknown as Job

/** `name phase[ #index][ !exit code][ gone][ counted][ @seconds since the end]`; counted: without the finalizer. */
function pod(text: string): Pod {
  const [name, phase, ...more] = text.split(' ')
  const value = (mark: string) => more.find((each) => each.startsWith(mark))?.slice(1)
  const finishedAt = at(Number(value('@') ?? 3600))
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      creationTimestamp: at(3600),
      finalizers: more.includes('counted') ? [] : ['batch.kubernetes.io/job-tracking'],
      annotations: {
        ...(value('#') ? { 'batch.kubernetes.io/job-completion-index': value('#') } : {}),
        ...(value('%') ? { 'batch.kubernetes.io/job-index-failure-count': value('%') } : {}),
      },
      ...(more.includes('gone') ? { deletionTimestamp: at(3600) } : {}),
    },
    status: {
      phase,
      conditions: more.includes('disrupted') ? [{ type: 'DisruptionTarget', status: 'True' }] : [],
      containerStatuses:
        phase === 'Running' ? [] : [{ name: 'main', restartCount: 0, state: { terminated: { exitCode: Number(value('!') ?? 0), finishedAt } } }],
    },
  } as unknown as Pod
}

function summary(of: Job, pods: readonly string[], settled = true): string {
  const { status, create, remove, unfinalize } = decide({ job: of, pods: pods.map(pod), settled, nowMs })
  const uncounted = status.uncountedTerminatedPods ?? {}
  const conditions = (status.conditions ?? []).filter((c) => c.status === 'True').map((c) => `${c.type}:${c.reason}`)
  return [
    ...(create.length
      ? [`create ${create.map((c) => (c.index === undefined ? '*' : `#${c.index}${c.failureCount === undefined ? '' : `%${c.failureCount}`}`)).join(' ')}`]
      : []),
    ...(remove.length ? [`remove ${remove.map((p) => p.metadata.name).join(' ')}`] : []),
    ...(unfinalize.length ? [`count ${[...(uncounted.succeeded ?? []), ...(uncounted.failed ?? [])].join(' ')}`.trim()] : []),
    ...(status.succeeded ? [`succeeded ${status.succeeded}`] : []),
    ...(status.failed ? [`failed ${status.failed}`] : []),
    ...(status.failedIndexes ? [`failed indexes ${status.failedIndexes}`] : []),
    ...conditions,
  ].join(', ')
}

const indexed = { completionMode: 'Indexed' } as const
const failJob42: Partial<JobSpec> = {
  podFailurePolicy: {
    rules: [
      { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
    ],
  },
}
const met = (reason: string) => ({ type: 'SuccessCriteriaMet', status: 'True', reason, message: 'm' })

for (const { name, of, pods = [], settled, expected } of [
  { name: 'starts as many pods as may run at once', of: job({ parallelism: 2, completions: 5 }), expected: 'create * *' },
  { name: 'no more than are still needed', of: job({ parallelism: 5, completions: 3 }, { succeeded: 2 }), expected: 'create *, succeeded 2' },
  { name: 'own creations not yet visible: waits', of: job(), settled: false, expected: '' },
  { name: 'parallelism lowered: the surplus goes', of: job({ parallelism: 1, completions: 3 }), pods: ['a Running', 'b Running'], expected: 'remove a' },
  {
    name: 'a success is noted before its finalizer goes, and the outcome is certain',
    of: job(),
    pods: ['a Succeeded'],
    expected: 'count a, SuccessCriteriaMet:CompletionsReached',
  },
  {
    name: 'finalizer gone: counted for good, and complete',
    of: job({}, { uncountedTerminatedPods: { succeeded: ['a'] }, conditions: [met('CompletionsReached')] }),
    pods: ['a Succeeded counted'],
    expected: 'succeeded 1, SuccessCriteriaMet:CompletionsReached, Complete:CompletionsReached',
  },
  {
    name: 'died after noting: nothing is counted twice',
    of: job({ completions: 2 }, { succeeded: 1, uncountedTerminatedPods: { succeeded: ['a'] } }),
    pods: ['a Succeeded'],
    expected: 'count a, succeeded 1, SuccessCriteriaMet:CompletionsReached',
  },
  {
    name: 'no number of completions: one success is enough, the others may finish',
    of: job({ parallelism: 3, completions: undefined as never }),
    pods: ['a Succeeded', 'b Running'],
    expected: 'count a',
  },
  { name: 'a failure: the next pod waits 10 s', of: job(), pods: ['a Failed !1 @5'], expected: 'count a' },
  { name: 'after 10 s it comes', of: job({}, { failed: 1 }), pods: ['a Failed !1 @11 counted'], expected: 'create *, failed 1' },
  {
    name: 'too many failures',
    of: job({ backoffLimit: 1 }, { failed: 1 }),
    pods: ['b Failed !1', 'c Running'],
    expected: 'remove c, count b, failed 1, FailureTarget:BackoffLimitExceeded',
  },
  { name: 'deleted by somebody: counts as failed', of: job({ parallelism: 0 }), pods: ['a Running gone'], expected: 'count a' },
  { name: 'an exit code that fails the job', of: job(failJob42), pods: ['a Failed !42'], expected: 'count a, FailureTarget:PodFailurePolicy' },
  { name: 'a disruption does not count', of: job({ ...failJob42, parallelism: 0 }), pods: ['a Failed !137 disrupted'], expected: 'count' },
  { name: 'active too long', of: job({ activeDeadlineSeconds: 30 }), pods: ['a Running'], expected: 'remove a, FailureTarget:DeadlineExceeded' },
  { name: 'suspended: pods go', of: job({ suspend: true }), pods: ['a Running'], expected: 'remove a, Suspended:JobSuspended' },
  {
    name: 'Indexed: each index once',
    of: job({ ...indexed, parallelism: 2, completions: 4 }, { completedIndexes: '0' }),
    pods: ['b Running #1'],
    expected: 'create #2, succeeded 1',
  },
  {
    name: 'Indexed: success of the wanted indexes is enough',
    of: job({ ...indexed, parallelism: 3, completions: 3, successPolicy: { rules: [{ succeededIndexes: '0' }] } }),
    pods: ['a Succeeded #0', 'b Running #1'],
    expected: 'remove b, count, succeeded 1, SuccessCriteriaMet:SuccessPolicy',
  },
  {
    name: 'Indexed: a limit per index; others go on',
    of: job({ ...indexed, parallelism: 2, completions: 3, backoffLimit: 2 ** 31 - 1, backoffLimitPerIndex: 1 }, { failed: 1 }),
    pods: ['a Failed #0 %1', 'b Running #1'],
    expected: 'create #2%0, count a, failed 1, failed indexes 0',
  },
  {
    name: 'Indexed: all ended, some failed',
    of: job({ ...indexed, completions: 2, backoffLimit: 9, backoffLimitPerIndex: 0 }, { completedIndexes: '1', failedIndexes: '0', failed: 1 }),
    expected: 'succeeded 1, failed 1, failed indexes 0, FailureTarget:FailedIndexes, Failed:FailedIndexes',
  },
  {
    name: 'Indexed: too many failed indexes',
    of: job({ ...indexed, completions: 9, backoffLimit: 99, backoffLimitPerIndex: 0, maxFailedIndexes: 0 }),
    pods: ['a Failed #0'],
    expected: 'count a, failed indexes 0, FailureTarget:MaxFailedIndexesExceeded',
  },
] satisfies { name: string; of: Job; pods?: string[]; settled?: boolean; expected: string }[]) {
  test(name, () => expect(summary(of, pods, settled)).toBe(expected))
}

for (const [text, indexes] of [
  ['', []],
  ['0', [0]],
  ['0,1', [0, 1]],
  ['0-3,5', [0, 1, 2, 3, 5]],
] as const) {
  test(`indexes ${text || '(none)'}`, () => {
    expect([...parseIndexes(text, 100)]).toEqual(indexes)
    expect(formatIndexes(new Set(indexes))).toBe(text)
  })
}
