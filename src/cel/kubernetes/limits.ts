// How much expressions may cost. Source: k8s.io/apiserver pkg/apis/cel/config.go.
import { systemClock } from '../../util/clock.ts'
import type { EvaluationLimits } from '../interpreter/program.ts'

/** One expression: an evaluation that costs more ends with an error. About 0.1 s of upstream's time. */
export const perCallCostLimit = 1_000_000
/** All expressions that one request is validated or changed with by one policy with one parameter. */
export const policyCostBudget = 10_000_000
/** All match conditions of one webhook or policy. */
export const matchConditionsCostBudget = 2_500_000
/** Bytes of a message that an expression may compose. */
export const messageBytesMax = 5 * 1024

/**
 * An evaluation ends after this, too: what one unit of cost takes depends on how deeply values are nested that are compared. Upstream's
 * ends with its request. The usual evaluation takes a thousandth of it, the dearest a tenth.
 */
const evaluationMsMax = 500

/** Of one evaluation that begins now. */
export function evaluationLimits(costLimit = perCallCostLimit, clock: Pick<typeof systemClock, 'monotonic'> = systemClock): EvaluationLimits {
  const endMs = clock.monotonic() + evaluationMsMax
  return { costLimit, interrupted: () => clock.monotonic() > endMs }
}
