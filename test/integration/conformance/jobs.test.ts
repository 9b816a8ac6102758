// Upstream's test/e2e/apps/job.go: its jobs, whose pods end as the test says.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import type { Api, Body } from './api.ts'
import { type ConformanceCluster, startConformanceCluster } from './cluster.ts'

let cluster: ConformanceCluster
let api: Api

beforeAll(async () => {
  cluster = await startConformanceCluster()
  ;({ api } = cluster)
})
afterAll(() => cluster[Symbol.asyncDispose]())

const indexOf = (pod: Body) => Number(pod.metadata.labels?.['batch.kubernetes.io/job-completion-index'])
const phaseOf = (pod: Body) => (pod['status'] as { phase: string }).phase

interface Trial {
  readonly name: string
  readonly spec: object
  /** By index: the exit code of every pod; left out: it runs on. */
  readonly exits: (index: number) => number | undefined
  /** What the job's status says in the end. */
  readonly status: object
  /** Types, with the reasons. */
  readonly conditions: readonly [string, string][]
}

const indexed = { completionMode: 'Indexed' }
const failed = 'The Pods of Job failed'

const trials: readonly Trial[] = [
  {
    name: 'Ensure that job with successPolicy succeeded when all indexes succeeded',
    spec: { ...indexed, parallelism: 2, completions: 2, backoffLimit: 0, successPolicy: { rules: [{ succeededIndexes: '0-1' }] } },
    exits: () => 0,
    status: { succeeded: 2, completedIndexes: '0,1' },
    conditions: [
      ['SuccessCriteriaMet', 'SuccessPolicy'],
      ['Complete', 'SuccessPolicy'],
    ],
  },
  {
    name: 'Ensure that job with successPolicy succeededIndexes rule succeeded even when some indexes remain pending',
    spec: { ...indexed, parallelism: 2, completions: 2, backoffLimit: 0, successPolicy: { rules: [{ succeededIndexes: '0' }] } },
    exits: (index) => (index === 0 ? 0 : undefined),
    status: { succeeded: 1, completedIndexes: '0' },
    conditions: [
      ['SuccessCriteriaMet', 'SuccessPolicy'],
      ['Complete', 'SuccessPolicy'],
    ],
  },
  {
    name: 'Ensure that job with successPolicy succeededCount rule succeeded even when some indexes remain pending',
    spec: { ...indexed, parallelism: 2, completions: 5, backoffLimit: 0, successPolicy: { rules: [{ succeededCount: 1 }] } },
    exits: (index) => (index === 0 ? 0 : undefined),
    status: { succeeded: 1, completedIndexes: '0' },
    conditions: [
      ['SuccessCriteriaMet', 'SuccessPolicy'],
      ['Complete', 'SuccessPolicy'],
    ],
  },
  {
    name: 'Mark indexes as failed when the FailIndex action is matched in podFailurePolicy',
    spec: {
      ...indexed,
      parallelism: 2,
      completions: 2,
      backoffLimitPerIndex: 1,
      podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [42] } }] },
    },
    exits: (index) => (index % 2 ? 0 : 42),
    status: { succeeded: 1, failed: 1, completedIndexes: '1', failedIndexes: '0' },
    conditions: [
      ['FailureTarget', 'FailedIndexes'],
      ['Failed', 'FailedIndexes'],
    ],
  },
  {
    name: 'Terminate job execution when the maxFailedIndexes is exceeded',
    spec: { ...indexed, parallelism: 2, completions: 4, backoffLimitPerIndex: 0, maxFailedIndexes: 0 },
    exits: (index) => (index % 2 ? undefined : 1),
    status: { failedIndexes: '0' },
    conditions: [
      ['FailureTarget', 'MaxFailedIndexesExceeded'],
      ['Failed', 'MaxFailedIndexesExceeded'],
    ],
  },
  {
    name: 'Verify Pod Failure policy allows to fail job early on exit code.',
    spec: {
      parallelism: 1,
      completions: 2,
      backoffLimit: 3,
      podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { containerName: 'c', operator: 'In', values: [1] } }] },
    },
    exits: () => 1,
    status: { failed: 1 },
    conditions: [
      ['FailureTarget', 'PodFailurePolicy'],
      ['Failed', 'PodFailurePolicy'],
    ],
  },
  {
    name: 'Ensure that all indexes are executed for an indexed job with backoffLimitPerIndex despite some failing',
    spec: { ...indexed, parallelism: 2, completions: 4, backoffLimitPerIndex: 0 },
    exits: (index) => (index % 2 ? 1 : 0),
    status: { succeeded: 2, failed: 2, completedIndexes: '0,2', failedIndexes: '1,3' },
    conditions: [
      ['FailureTarget', 'FailedIndexes'],
      ['Failed', 'FailedIndexes'],
    ],
  },
]

/** Ends the pods of a job until the job has ended. */
async function play(namespace: string, exits: Trial['exits']): Promise<Body> {
  const pods = `/api/v1/namespaces/${namespace}/pods`
  return eventually(
    async () => {
      const { items = [] } = await api.must(`GET ${pods}`)
      for (const pod of items.filter((p) => phaseOf(p) === 'Running' && !p.metadata['deletionTimestamp'])) {
        const exitCode = exits(indexOf(pod))
        if (exitCode === undefined) continue
        const at = '2026-01-01T00:00:00Z'
        const terminated = { exitCode, reason: exitCode ? 'Error' : 'Completed', startedAt: at, finishedAt: at }
        const containerStatuses = [{ name: 'c', image: 'i', imageID: 'i', ready: false, restartCount: 0, state: { terminated } }]
        const conditions = ['Ready', 'ContainersReady'].map((type) => ({ type, status: 'False', reason: exitCode ? 'PodFailed' : 'PodCompleted' }))
        await api.must(
          `PATCH ${pods}/${pod.metadata.name}/status`,
          { status: { phase: exitCode ? 'Failed' : 'Succeeded', containerStatuses, conditions } },
          { type: 'strategic' },
        )
      }
      const job = await api.must(`GET /apis/batch/v1/namespaces/${namespace}/jobs/job`)
      const { conditions = [] } = job['status'] as { conditions?: { type: string; status: string }[] }
      expect(conditions.some(({ type, status }) => ['Complete', 'Failed'].includes(type) && status === 'True')).toBe(true)
      return job
    },
    { withinMs: 60_000 },
  )
}

async function newJob(spec: object, labels: Readonly<Record<string, string>> = {}): Promise<string> {
  const namespace = await cluster.newNamespace()
  const template = { metadata: { labels }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } }
  await api.must(`POST /apis/batch/v1/namespaces/${namespace}/jobs`, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'job' },
    spec: { template, ...spec },
  })
  return namespace
}

describe.concurrent('jobs', () => {
  test.each(trials)('$name', async ({ spec, exits, status, conditions }) => {
    const job = await play(await newJob(spec), exits)
    expect(job['status']).toMatchObject({ ...status, ready: 0, uncountedTerminatedPods: {} })
    const said = (job['status'] as { conditions: { type: string; reason: string; status: string; message?: string }[] }).conditions
    expect(said.map(({ type, reason }) => [type, reason])).toEqual(conditions)
    for (const { message = '' } of said) expect(message).not.toContain(failed)
    const active = (job['status'] as { active?: number }).active ?? 0
    expect(active).toBe(0)
  })

  test('Ensure Pods of an Indexed Job get a unique index.', async () => {
    const namespace = await newJob({ completionMode: 'Indexed', parallelism: 2, completions: 4, backoffLimit: 6 })
    await play(namespace, () => 0)
    const { items = [] } = await api.must(`GET /api/v1/namespaces/${namespace}/pods`)
    for (const pod of items) {
      const index = pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index']
      expect(pod.metadata.labels?.['batch.kubernetes.io/job-completion-index']).toBe(index)
      const { hostname, containers } = pod['spec'] as { hostname: string; containers: { env: { name: string; valueFrom: { fieldRef: object } }[] }[] }
      expect(hostname).toBe(`job-${index}`)
      expect(containers[0]!.env[0]).toMatchObject({
        name: 'JOB_COMPLETION_INDEX',
        valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } },
      })
    }
    expect(items.map(indexOf).toSorted()).toEqual([0, 1, 2, 3])
  })

  test('Jobs, orphan pods, re-adoption', async () => {
    const namespace = await newJob({ parallelism: 2, completions: 2, backoffLimit: 6 })
    const pods = `/api/v1/namespaces/${namespace}/pods`
    const [pod] = await eventually(async () => {
      const { items = [] } = await api.must(`GET ${pods}`)
      expect(items.filter((p) => phaseOf(p) === 'Running')).toHaveLength(2)
      return items
    })
    const { name } = pod!.metadata
    await api.must(`PATCH ${pods}/${name}`, { metadata: { ownerReferences: null } }, { type: 'merge' })
    await eventually(async () => expect((await api.must(`GET ${pods}/${name}`)).metadata['ownerReferences']).toMatchObject([{ kind: 'Job', controller: true }]))
    const labels = Object.fromEntries(Object.keys(pod!.metadata.labels!).map((label) => [label, null]))
    await api.must(`PATCH ${pods}/${name}`, { metadata: { labels } }, { type: 'merge' })
    await eventually(async () => expect((await api.must(`GET ${pods}/${name}`)).metadata).not.toHaveProperty('ownerReferences'))
  })

  test('Jobs, active pods, graceful termination', async () => {
    const namespace = await newJob({ parallelism: 2, completions: 4, backoffLimit: 6 })
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs/job`
    await eventually(async () => expect((await api.must(`GET ${path}`))['status']).toMatchObject({ active: 2, ready: 2 }))
    await api.must(`DELETE ${path}`, { propagationPolicy: 'Foreground' })
    await eventually(async () => expect((await api.call(`GET ${path}`)).status).toBe(404))
    expect((await api.must(`GET /api/v1/namespaces/${namespace}/pods`)).items).toEqual([])
  })
})
