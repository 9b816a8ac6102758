import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CronJobSpec } from '../../../src/api/batch/v1.ts'
import { cronJobs, jobs } from '../../../src/api/resources.ts'
import { eventually } from '../../support/eventually.ts'
import { type ControlPlane, startPlayedControlPlane } from './control-plane.ts'

const namespace = 'default'
let plane: ControlPlane

beforeAll(async () => {
  plane = await startPlayedControlPlane()
})
afterAll(() => plane.stop())

const podSpec = (image: string) => ({ restartPolicy: 'Never', containers: [{ name: 'c', image }] })

async function createCronJob(name: string, image: string, spec: Partial<CronJobSpec>) {
  const jobTemplate = { metadata: { labels: { app: name } }, spec: { template: { spec: podSpec(image) } } }
  const metadata = { namespace, name }
  await plane.client.create(cronJobs, { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: { schedule: '* * * * *', jobTemplate, ...spec } } as never)
}
const statusOf = async (name: string) => (await plane.client.get(cronJobs, { namespace, name })).status
const jobsOf = async (name: string) => (await plane.client.list(jobs, { namespace, labelSelector: `app=${name}` })).items

/** As if the controller had last started a job two minutes ago, so that one is due now. */
async function makeDue(name: string) {
  const lastScheduleTime = `${new Date(Date.now() - 120_000).toISOString().slice(0, 19)}Z`
  const patch = { status: { lastScheduleTime } }
  await plane.client.patch(cronJobs, { namespace, name }, { type: 'merge', patch }, { subresource: 'status' })
}

test('a job is started for the latest time that is due, runs, and is remembered', async () => {
  await createCronJob('report', 'done', { timeZone: 'Etc/UTC' })
  await makeDue('report')
  const [job] = await eventually(async () => {
    const found = await jobsOf('report')
    expect(found.length).toBeGreaterThan(0)
    return found
  })
  const scheduled = job!.metadata.annotations!['batch.kubernetes.io/cronjob-scheduled-timestamp']!
  expect(job!.metadata.name).toBe(`report-${Date.parse(scheduled) / 60_000}`)
  expect(job!.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'CronJob', name: 'report', controller: true })
  await eventually(async () => {
    const status = await statusOf('report')
    expect(Date.parse(status?.lastScheduleTime ?? '')).toBeGreaterThanOrEqual(Date.parse(scheduled))
    expect(status?.lastSuccessfulTime).toBeDefined()
    expect(status?.active ?? []).toEqual([])
  })
})

test('Forbid leaves the running job alone, Replace puts another in its place', async () => {
  const names = async (cronJob: string) => (await jobsOf(cronJob)).filter((job) => !job.metadata.deletionTimestamp).map((job) => job.metadata.name)
  for (const concurrencyPolicy of ['Forbid', 'Replace'] as const) {
    const name = concurrencyPolicy.toLowerCase()
    await createCronJob(name, 'one', { concurrencyPolicy, suspend: true })
    const metadata = { namespace, name: `${name}-1`, labels: { app: name }, ownerReferences: [await ownerOf(name)] }
    const earlier = await plane.client.create(jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: { spec: podSpec('one') } } } as never)
    const { uid } = earlier.metadata
    const active = [{ apiVersion: 'batch/v1', kind: 'Job', namespace, name: `${name}-1`, uid }]
    await plane.client.patch(cronJobs, { namespace, name }, { type: 'merge', patch: { status: { active } } }, { subresource: 'status' })
    await makeDue(name)
    await plane.client.patch(cronJobs, { namespace, name }, { type: 'merge', patch: { spec: { suspend: false } } })
  }
  await eventually(async () => {
    expect(await names('replace')).not.toContain('replace-1')
    expect(await names('replace')).toHaveLength(1)
  })
  expect(await names('forbid')).toEqual(['forbid-1'])
  expect((await statusOf('forbid'))?.active?.map(({ name }) => name)).toEqual(['forbid-1'])
})

async function ownerOf(name: string) {
  const { uid } = (await plane.client.get(cronJobs, { namespace, name })).metadata
  return { apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true }
}

test('ended jobs beyond the limit go', async () => {
  await createCronJob('tidy', 'done', { suspend: true, successfulJobsHistoryLimit: 1 })
  const ownerReferences = [await ownerOf('tidy')]
  for (const name of ['tidy-1', 'tidy-2', 'tidy-3']) {
    const metadata = { namespace, name, labels: { app: 'tidy' }, ownerReferences }
    await plane.client.create(jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: { spec: podSpec('done') } } } as never)
  }
  await eventually(async () => expect(await jobsOf('tidy')).toHaveLength(1))
})
