// What of a Job may change. Source: pkg/apis/batch/validation/validation.go (ValidateJobSpecUpdate).
import type { Job, JobSpec } from '../../../../api/batch/v1.ts'
import type { Affinity, Container, PodSpec } from '../../../../api/core/v1.ts'
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { immutableMessage, validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { internalForm, internalFormOf, sameMeaning } from '../../shared/pod-spec/internal-form.ts'
import { isConditionTrue } from './conditions.ts'
import { validateJob, validateSpecAndSelector } from './validation.ts'

/** Queueing controllers decide where a suspended Job shall run, and with how much, before they let it. */
function mayMove({ spec, status }: Job): boolean {
  const stopped = isConditionTrue(status, 'Suspended') && !status?.active
  return spec.suspend === true && (status?.startTime === undefined || stopped)
}

/** The affinity to compare with: that to nodes is free. */
function comparedAffinity(old: Affinity | undefined, now: Affinity | undefined): Affinity | undefined {
  const { nodeAffinity: _, ...others } = old ?? {}
  if (!now) return Object.keys(others).length > 0 ? others : undefined
  return now.nodeAffinity ? { ...others, nodeAffinity: now.nodeAffinity } : others
}

const withResourcesOf = (old: readonly Container[] | undefined, now: readonly Container[] | undefined): readonly Container[] =>
  (old ?? []).map(({ resources: _resources, ...container }, index) => {
    const resources = now?.[index]?.resources
    return resources ? { ...container, resources } : container
  })

/** The old spec with everything taken from the new one that may change while the Job is suspended. */
function comparedSpec(old: PodSpec, now: PodSpec): PodSpec {
  const { affinity: _, nodeSelector: _1, tolerations: _2, schedulingGates: _3, ...rest } = old
  const affinity = comparedAffinity(old.affinity, now.affinity)
  return {
    ...rest,
    ...(affinity ? { affinity } : {}),
    ...(now.nodeSelector ? { nodeSelector: now.nodeSelector } : {}),
    ...(now.tolerations ? { tolerations: now.tolerations } : {}),
    ...(now.schedulingGates ? { schedulingGates: now.schedulingGates } : {}),
    containers: withResourcesOf(old.containers, now.containers),
    ...(old.initContainers ? { initContainers: withResourcesOf(old.initContainers, now.initContainers) } : {}),
  }
}

function validateTemplate({ template }: JobSpec, old: Job): readonly FieldError[] {
  if (!mayMove(old)) {
    return sameMeaning('PodTemplateSpec', template, old.spec.template)
      ? []
      : [invalid('spec.template', internalForm('PodTemplateSpec', template), immutableMessage)]
  }
  const now = template.spec ?? { containers: [] }
  const same = sameMeaning('PodSpec', now, comparedSpec(old.spec.template.spec ?? { containers: [] }, now))
  return same ? [] : [invalid('spec.template.spec', internalForm('PodSpec', now), immutableMessage)]
}

/** An indexed Job grows and shrinks with its parallelism. */
function validateCompletions({ completions, parallelism, completionMode }: JobSpec, old: JobSpec): readonly FieldError[] {
  const field = 'spec.completions'
  if (completionMode !== 'Indexed') return validateImmutable(field, completions, old.completions)
  if (completions === undefined || completions === old.completions || completions === parallelism) return []
  return [invalid(field, completions, 'can only be modified in tandem with spec.parallelism')]
}

const validateImmutableStruct = (field: string, type: string, now: object | undefined, old: object | undefined): readonly FieldError[] =>
  semanticEqual(now, old) ? [] : [invalid(field, now && internalFormOf(`io.k8s.api.batch.v1.${type}`, now), immutableMessage)]

export function validateJobUpdate(job: Job, old: Job): readonly FieldError[] {
  const { spec } = job
  const same = (name: 'selector' | 'completionMode' | 'backoffLimitPerIndex' | 'managedBy') => validateImmutable(`spec.${name}`, spec[name], old.spec[name])
  return [
    ...validateJob(job, old),
    ...validateSpecAndSelector(spec, old),
    ...validateCompletions(spec, old.spec),
    ...same('selector'),
    ...validateTemplate(spec, old),
    ...same('completionMode'),
    ...validateImmutableStruct('spec.podFailurePolicy', 'PodFailurePolicy', spec.podFailurePolicy, old.spec.podFailurePolicy),
    ...same('backoffLimitPerIndex'),
    ...same('managedBy'),
    ...validateImmutableStruct('spec.successPolicy', 'SuccessPolicy', spec.successPolicy, old.spec.successPolicy),
  ]
}
