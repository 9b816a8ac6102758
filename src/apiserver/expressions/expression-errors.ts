import { type FieldError, internal, invalid } from '../../apimachinery/field-errors.ts'
import type { ExpressionCompilation } from '../../cel/kubernetes/expression.ts'

/** What is wrong with an expression. Source: pkg/apis/admissionregistration/validation/validation.go (convertCELErrorToValidationError). */
export function expressionErrors(field: string, compiled: ExpressionCompilation): readonly FieldError[] {
  if (compiled.ok) return []
  const { kind, detail } = compiled.error
  return [kind === 'invalid' ? invalid(field, compiled.source, detail) : internal(field, detail)]
}
