// What one policy says of one request with one parameter. Source: k8s.io/apiserver pkg/admission/plugin/policy/validating/validator.go.
import { byteLength } from '../../../apimachinery/validation/names.ts'
import type { StatusReason } from '../../../apimachinery/api-error.ts'
import { type AdmissionEvaluation, type ExpressionResult, OutOfBudget } from '../../../cel/kubernetes/admission/evaluation.ts'
import { matchConditionsCostBudget, messageBytesMax, policyCostBudget } from '../../../cel/kubernetes/limits.ts'
import type { Clock } from '../../../util/clock.ts'
import { newEvaluation, type Seen } from '../../policies/evaluation.ts'
import { evaluateConditions } from '../../policies/match-conditions.ts'
import type { CompiledPolicy, CompiledValidation } from './compile.ts'

/** A validation that is not met, or could not be told. */
export interface Denial {
  readonly message: string
  readonly reason: StatusReason
  /** Position of the validation. */
  readonly index: number
  /** How long the validation took. */
  readonly ms: number
}

/** An error that a failure policy overlooks. */
export type Overlooked = Pick<Denial, 'message' | 'ms'>

export interface Verdict {
  readonly denials: readonly Denial[]
  readonly overlooked: readonly Overlooked[]
  readonly annotations: readonly { readonly key: string; readonly value: string }[]
  /** Annotations that could not be told: refusals, whatever the binding's actions. */
  readonly annotationErrors: readonly string[]
}

const nothing: Verdict = { denials: [], overlooked: [], annotations: [], annotationErrors: [] }

export async function validateRequest(policy: CompiledPolicy, seen: Seen, clock: Pick<Clock, 'monotonic'>): Promise<Verdict> {
  const { conditions, variables, ignoreFailures } = policy
  const unclear = (message: string): Verdict =>
    ignoreFailures ? { ...nothing, overlooked: [{ message, ms: 0 }] } : { ...nothing, denials: [{ message, reason: 'Invalid', index: 0, ms: 0 }] }
  if (conditions.length > 0) {
    const result = await evaluateConditions(conditions, newEvaluation(seen, matchConditionsCostBudget, variables), ignoreFailures)
    if ('error' in result) return unclear(result.error)
    if (!result.matches) return nothing
  }
  try {
    const validated = await denialsOf(policy, seen, clock)
    const { ask: _ask, ...withoutAuthorizer } = seen
    return { ...validated, ...(await annotationsOf(policy, newEvaluation(withoutAuthorizer, policyCostBudget, variables))) }
  } catch (error) {
    if (error instanceof OutOfBudget) return unclear(error.message)
    throw error
  }
}

/** @throws {OutOfBudget} */
async function denialsOf({ validations, variables, ignoreFailures }: CompiledPolicy, seen: Seen, clock: Pick<Clock, 'monotonic'>) {
  const evaluation = newEvaluation(seen, policyCostBudget, variables)
  const denials: Denial[] = []
  const overlooked: Overlooked[] = []
  const failed: { readonly index: number; readonly validation: CompiledValidation; readonly ms: number }[] = []
  for (const [index, validation] of validations.entries()) {
    const startedMs = clock.monotonic()
    const result = await evaluation.run(validation.expression)
    const ms = clock.monotonic() - startedMs
    if ('error' in result) {
      if (ignoreFailures) overlooked.push({ message: result.error, ms })
      else denials.push({ message: result.error, reason: 'Invalid', index, ms })
    } else if (result.value !== true) failed.push({ index, validation, ms })
  }
  // Messages may cost what the validations have left.
  const { ask: _ask, ...withoutAuthorizer } = seen
  const messages = newEvaluation(withoutAuthorizer, evaluation.budget, variables)
  for (const { index, validation, ms } of failed) {
    denials.push({ message: await messageOf(validation, messages), reason: (validation.validation.reason ?? 'Invalid') as StatusReason, index, ms })
  }
  return { denials: denials.toSorted((a, b) => a.index - b.index), overlooked }
}

/** The composed message if it is a good one, else the given one, else what was asked. */
async function messageOf({ validation, message }: CompiledValidation, evaluation: AdmissionEvaluation): Promise<string> {
  const composed = message ? composedText(await evaluation.run(message)) : ''
  return composed || validation.message?.trim() || `failed expression: ${validation.expression.trim()}`
}

function composedText(result: ExpressionResult): string {
  if ('error' in result || typeof result.value !== 'string') return ''
  const text = result.value.trim()
  return byteLength(text) > messageBytesMax || text.includes('\n') ? '' : text
}

/** @throws {OutOfBudget} */
async function annotationsOf({ auditAnnotations, ignoreFailures }: CompiledPolicy, evaluation: AdmissionEvaluation) {
  const annotations: { key: string; value: string }[] = []
  const annotationErrors: string[] = []
  for (const { key, value } of auditAnnotations) {
    const result = await evaluation.run(value)
    if ('error' in result) {
      if (!ignoreFailures) annotationErrors.push(result.error)
      continue
    }
    const text = typeof result.value === 'string' ? result.value.trim() : ''
    if (text) annotations.push({ key, value: text })
  }
  return { annotations, annotationErrors }
}
