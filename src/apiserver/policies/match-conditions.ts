// Conditions that a request must meet for a policy or webhook to be asked. Source: k8s.io/apiserver
// pkg/admission/plugin/webhook/matchconditions/matcher.go.
import type { MatchCondition } from '../../api/admissionregistration/v1.ts'
import { aggregateMessages } from '../../apimachinery/field-errors.ts'
import type { AdmissionCompiler, Declared } from '../../cel/kubernetes/admission/compiler.ts'
import { type AdmissionEvaluation, OutOfBudget } from '../../cel/kubernetes/admission/evaluation.ts'
import type { ExpressionCompilation } from '../../cel/kubernetes/expression.ts'
import { boolType } from '../../cel/types/cel-type.ts'
import { mapSteps, type Steps } from '../../util/steps.ts'

export function compileConditions(
  compiler: AdmissionCompiler,
  conditions: readonly MatchCondition[] = [],
  declared: Declared,
): Steps<readonly ExpressionCompilation[]> {
  return mapSteps(conditions, ({ expression }) => compiler.compile(expression, declared, [boolType]))
}

export type ConditionsResult = { readonly matches: boolean } | { readonly error: string }

/**
 * One that is false decides, whatever is wrong with others. All are run.
 * @param ignoreFailures failurePolicy Ignore: what cannot be told does not match
 */
export async function evaluateConditions(
  conditions: readonly ExpressionCompilation[],
  evaluation: AdmissionEvaluation,
  ignoreFailures: boolean,
): Promise<ConditionsResult> {
  const failed = (error: string): ConditionsResult => (ignoreFailures ? { matches: false } : { error })
  const errors: string[] = []
  let isFalse = false
  try {
    for (const condition of conditions) {
      const result = await evaluation.run(condition)
      if ('error' in result) errors.push(result.error)
      else if (result.value === false) isFalse = true
    }
  } catch (error) {
    if (error instanceof OutOfBudget) return failed(error.message)
    throw error
  }
  if (isFalse) return { matches: false }
  return errors.length > 0 ? failed(aggregateMessages(errors)) : { matches: true }
}
