// PodDisruptionBudgets. Source: pkg/registry/policy/poddisruptionbudget/strategy.go.
import type { PodDisruptionBudget } from '../../../../api/policy/v1.ts'
import { isPathSegmentName } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { validatePodDisruptionBudget, validatePodDisruptionBudgetStatus } from './validation.ts'

export const podDisruptionBudgetStrategy: Strategy<PodDisruptionBudget> = {
  metadataChecksOnUpdate: [],
  allowUnconditionalUpdate: false,
  validateName: isPathSegmentName,
  prepareForCreate: (_, budget) => clearStatus(budget),
  prepareForUpdate: (_, budget, old) => keepStatus(budget, old),
  validate: (_, budget) => validatePodDisruptionBudget(budget),
  validateUpdate: (_, budget, old) => validatePodDisruptionBudget(budget, old),
  subresources: { status: { metadataChecksOnUpdate: [], validateUpdate: (_, budget) => validatePodDisruptionBudgetStatus(budget) } },
}
