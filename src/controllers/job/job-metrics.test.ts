import { expect, test } from 'vitest'
import type { Job } from '../../api/batch/v1.ts'
import { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { Plan } from './decide.ts'
import { JobMetrics } from './job-metrics.ts'

const job = (status: object) => ({ spec: { completionMode: 'Indexed' }, status }) as unknown as Job
const complete = { conditions: [{ type: 'Complete', status: 'True', reason: 'CompletionsReached' }] }

test('pods and jobs are counted once, when their end is written down', () => {
  const registry = new MetricsRegistry()
  const metrics = new JobMetrics(registry)
  metrics.written(job({ succeeded: 1 }), { succeeded: 3, failed: 1 } as Plan['status'])
  metrics.written(job({ succeeded: 3, failed: 1 }), { succeeded: 3, failed: 1, ...complete } as unknown as Plan['status'])
  metrics.written(job({ succeeded: 3, failed: 1, ...complete }), { succeeded: 3, failed: 1, ...complete } as unknown as Plan['status'])
  const samples = registry
    .text()
    .split('\n')
    .filter((line) => !line.startsWith('#') && line)
  expect(samples).toEqual([
    'job_controller_job_pods_finished_total{completion_mode="Indexed",result="succeeded"} 2',
    'job_controller_job_pods_finished_total{completion_mode="Indexed",result="failed"} 1',
    'job_controller_jobs_finished_total{completion_mode="Indexed",result="succeeded",reason="CompletionsReached"} 1',
  ])
})

test('what a look at a job led to', () => {
  const registry = new MetricsRegistry()
  const metrics = new JobMetrics(registry)
  const plan = { create: [], remove: [], unfinalize: [] } as unknown as Plan
  metrics.synced(job({}), plan, 0.001, true)
  metrics.synced(job({}), { ...plan, create: [{}] } as unknown as Plan, 0.001, true)
  metrics.synced(job({}), plan, 0.001, false)
  const text = registry.text()
  for (const [result, action] of [
    ['success', 'reconciling'],
    ['success', 'pods_created'],
    ['error', 'reconciling'],
  ] as const)
    expect(text).toContain(`job_controller_job_syncs_total{completion_mode="Indexed",result="${result}",action="${action}"} 1`)
})
