// What a failed pod means for its job. Source: pkg/controller/job/pod_failure_policy.go.
import type { Job, PodFailurePolicyRule } from '../../api/batch/v1.ts'
import type { Pod } from '../../api/core/v1.ts'

export interface Meaning {
  readonly action: 'Count' | 'FailIndex' | 'FailJob' | 'Ignore'
  /** Why, for FailJob. */
  readonly message?: string
}

/** The first rule that matches decides; without one the failure counts. */
export function meaningOf(job: Job, pod: Pod): Meaning {
  for (const [index, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const why = matchExitCode(rule, pod) ?? matchCondition(rule, pod)
    if (why) return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${index}` }
  }
  return { action: 'Count' }
}

function matchExitCode({ onExitCodes }: PodFailurePolicyRule, { metadata, status }: Pod): string | undefined {
  if (!onExitCodes) return undefined
  const { containerName, operator, values } = onExitCodes
  for (const { name, state } of [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]) {
    const code = state?.terminated?.exitCode
    // An exit code of 0 is no failure, whatever a rule with NotIn says.
    if (!code || (containerName && containerName !== name)) continue
    if (values.includes(code) === (operator === 'In')) return `Container ${name} for pod ${metadata.namespace}/${metadata.name} failed with exit code ${code}`
  }
  return undefined
}

function matchCondition({ onPodConditions = [] }: PodFailurePolicyRule, { metadata, status }: Pod): string | undefined {
  for (const { type, status: wanted = 'True' } of onPodConditions) {
    if (status?.conditions?.some((condition) => condition.type === type && condition.status === wanted))
      return `Pod ${metadata.namespace}/${metadata.name} has condition ${type}`
  }
  return undefined
}
