// Defaults of Jobs. Source: pkg/apis/batch/v1/defaults.go.
import type { Job } from '../../../../api/batch/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { podTemplateDefaults } from '../../shared/workload/template-defaults.ts'

/** With a limit per index the limit of the whole Job does not stop it. */
const backoffLimitUnlimited = 2 ** 31 - 1

/** A Job without labels has those of its pods. Upstream sets this on whatever it reads, so also after labels were generated. */
export function labelsFromTemplate({ metadata, spec }: Mutable<Job>): void {
  const labels = spec.template?.metadata?.labels
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels }
}

/** In place; idempotent. */
export function jobDefaults(job: Mutable<Job>): void {
  const { spec } = job
  podTemplateDefaults(spec.template)
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  spec.parallelism ??= 1
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : backoffLimitUnlimited
  labelsFromTemplate(job)
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  for (const condition of (spec.podFailurePolicy?.rules ?? []).flatMap((rule) => rule.onPodConditions ?? [])) condition.status ||= 'True'
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
  spec.manualSelector ??= false
}
