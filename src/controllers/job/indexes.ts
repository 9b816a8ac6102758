// Sets of completion indexes as text: `0,2-5,9`. Source: pkg/controller/job/indexed_job_utils.go.
import { podFromTemplate } from '../framework/pod-from-template.ts'
import type { Job } from '../../api/batch/v1.ts'
import type { Container, EnvVar, Pod } from '../../api/core/v1.ts'
import type { New } from '../../api/object.ts'

export const indexKey = 'batch.kubernetes.io/job-completion-index'
export const failureCountKey = 'batch.kubernetes.io/job-index-failure-count'
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'

/** @param completions indexes from here on are dropped: the job was made smaller */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>()
  for (const part of (text ?? '').split(',').filter(Boolean)) {
    const [first, last = first] = part.split('-').map(Number)
    for (let index = first!; index <= last! && index < completions; index++) indexes.add(index)
  }
  return indexes
}

export function formatIndexes(indexes: ReadonlySet<number>): string {
  const runs: [number, number][] = []
  for (const index of [...indexes].toSorted((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run && run[1] + 1 === index) run[1] = index
    else runs.push([index, index])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`)).join(',')
}

export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[indexKey]
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

export const failureCountOf = ({ metadata }: Pod): number => Number(metadata.annotations?.[failureCountKey] ?? 0) || 0

/** What to create: for an Indexed job with the index and how often it failed before. */
export interface Creation {
  readonly index?: number
  readonly failureCount?: number
}

export function podFor(job: Job, { index, failureCount }: Creation): New<Pod> {
  const pod = podFromTemplate(job, job.spec!.template)
  const finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer]
  if (index === undefined) return { ...pod, metadata: { ...pod.metadata, finalizers } } as New<Pod>
  const text = String(index)
  const { spec } = pod as Pod
  const counted = failureCount === undefined ? {} : { [failureCountKey]: String(failureCount) }
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generateName: `${job.metadata.name}-${index}-`,
      finalizers,
      annotations: { ...pod.metadata.annotations, [indexKey]: text, ...counted },
      labels: { ...pod.metadata.labels, [indexKey]: text },
    },
    spec: {
      ...spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: spec.containers.map(withIndex),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(withIndex) } : {}),
    },
  } as New<Pod>
}

const indexVariable: EnvVar = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } } } as EnvVar

const withIndex = (container: Container): Container =>
  container.env?.some(({ name }) => name === indexVariable.name) ? container : { ...container, env: [...(container.env ?? []), indexVariable] }
