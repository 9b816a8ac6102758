// What policies have found and done, and what their expressions cost.
// Source: k8s.io/apiserver pkg/admission/plugin/policy/{validating,mutating}/metrics, pkg/cel/metrics.
import type { HistogramCell, MetricsRegistry } from '../../component-base/metrics/registry.ts'

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

export interface MutatingPolicyMetrics {
  /** A mutation that was tried. @param error undefined: it went well */
  mutated(policy: string, binding: string, error: string | undefined, seconds: number): void
}

export function newMutatingPolicyMetrics(registry: MetricsRegistry): MutatingPolicyMetrics {
  const labels = ['policy', 'policy_binding', 'error_type']
  const prefix = 'apiserver_mutating_admission_policy_check'
  const counts = registry.counter(`${prefix}_total`, 'Mutations of policies that were tried, by what came of them.', labels)
  const durations = registry.histogram(`${prefix}_duration_seconds`, 'How long a mutation of a policy took, in seconds.', buckets, labels)
  return {
    mutated(policy, binding, error, seconds) {
      const values = [policy, binding, error === undefined ? 'no_error' : errorTypeOf(error)]
      counts.of(...values).inc()
      durations.of(...values).observe(seconds)
    },
  }
}

/** What expressions of policies cost: all of a policy together. Upstream counts the rules of custom resources here. */
export interface CelMetrics {
  readonly compilation: HistogramCell
  readonly evaluation: HistogramCell
}

const celBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function newCelMetrics(registry: MetricsRegistry): CelMetrics {
  return {
    compilation: registry.histogram('apiserver_cel_compilation_duration_seconds', 'How long compiling CEL expressions took, in seconds.', celBuckets).of(),
    evaluation: registry.histogram('apiserver_cel_evaluation_duration_seconds', 'How long evaluating CEL expressions took, in seconds.', celBuckets).of(),
  }
}
