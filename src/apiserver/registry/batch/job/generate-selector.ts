// The selector of a Job is made from its uid, so that no other controller selects its pods.
// Source: pkg/registry/batch/job/strategy.go (generateSelector).
import type { Job } from '../../../../api/batch/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { sortedEntries } from '../../shared/pod-spec/invalid-values.ts'

/** Labels that each pod of a Job carries, under their older names too. */
export const jobNameLabels = ['job-name', 'batch.kubernetes.io/job-name'] as const
export const controllerUidLabels = ['controller-uid', 'batch.kubernetes.io/controller-uid'] as const

/** Labels as Go prints them. */
const inOrder = (labels: { [key: string]: string }): { [key: string]: string } => Object.fromEntries(sortedEntries(labels))

/** What the user set stays: where it contradicts, validation says so. */
export function generateSelector({ metadata, spec }: Mutable<Job>): void {
  if (spec.manualSelector) return
  const template = (spec.template.metadata ??= {} as NonNullable<typeof spec.template.metadata>)
  const uid = metadata.uid ?? ''
  const own = [...jobNameLabels.map((key) => [key, metadata.name] as const), ...controllerUidLabels.map((key) => [key, uid] as const)]
  template.labels = inOrder({ ...Object.fromEntries(own), ...template.labels })
  spec.selector ??= {}
  spec.selector.matchLabels = inOrder({ [controllerUidLabels[1]]: uid, ...spec.selector.matchLabels })
}
