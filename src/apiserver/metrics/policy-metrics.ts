// What ValidatingAdmissionPolicies have found. Source: k8s.io/apiserver pkg/admission/plugin/policy/validating/metrics.
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'

const buckets = [0.000_000_5, 0.001, 0.01, 0.1, 1]

export type PolicyErrorType = 'compile_error' | 'invalid_error' | 'out_of_budget'
export type EnforcementAction = 'allow' | 'deny' | 'audit' | 'warn'

export interface PolicyMetrics {
  /** A validation that was not met, or could not be told, and what was done about it. @param message of the validation @param seconds that it took */
  checked(policy: string, binding: string, message: string, action: EnforcementAction, seconds: number): void
}

/** Source: pkg/admission/plugin/policy/validating/errors.go (ErrorType). */
function errorTypeOf(message: string): PolicyErrorType {
  if (message.startsWith('compilation')) return 'compile_error'
  return message.startsWith('validation failed due to running out of cost budget') ? 'out_of_budget' : 'invalid_error'
}

export function newPolicyMetrics(registry: MetricsRegistry): PolicyMetrics {
  const labels = ['enforcement_action', 'error_type', 'policy', 'policy_binding']
  const prefix = 'apiserver_validating_admission_policy_check'
  const counts = registry.counter(`${prefix}_total`, 'Validations of policies that were not met, by what was done about it.', labels)
  const durations = registry.histogram(`${prefix}_duration_seconds`, 'How long a validation that was not met took, in seconds.', buckets, labels)
  return {
    checked(policy, binding, message, action, seconds) {
      const values = [action, errorTypeOf(message), policy, binding]
      counts.of(...values).inc()
      durations.of(...values).observe(seconds)
    },
  }
}
