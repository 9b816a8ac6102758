// PodDisruptionBudgets. Source: pkg/registry/policy/poddisruptionbudget/strategy.go.
import type { PodDisruptionBudget } from '../../../../api/policy/v1.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'

export const podDisruptionBudgetStrategy: Strategy<PodDisruptionBudget> = {
  allowUnconditionalUpdate: false,
  prepareForCreate: (_, budget) => clearStatus(budget),
  prepareForUpdate: (_, budget, old) => keepStatus(budget, old),
}
