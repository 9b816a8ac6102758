// What is reported of a ValidatingAdmissionPolicy.
// Source: pkg/apis/admissionregistration/validation/validation.go (validateValidatingAdmissionPolicyStatus).
import type { ValidatingAdmissionPolicy } from '../../../../api/admissionregistration/v1.ts'
import { type FieldError, required } from '../../../../apimachinery/field-errors.ts'
import { validateConditions } from '../../shared/validate-conditions.ts'

export function validatePolicyStatus({ status }: ValidatingAdmissionPolicy): readonly FieldError[] {
  const warnings = status?.typeChecking?.expressionWarnings ?? []
  return [
    ...warnings.flatMap(({ warning, fieldRef }, i) => {
      const at = `status.typeChecking.expressionWarnings[${i}]`
      return [...(warning ? [] : [required(`${at}.warning`)]), ...(fieldRef?.trim() ? [] : [required(`${at}.fieldRef`)])]
    }),
    ...validateConditions('status.conditions', status?.conditions),
  ]
}
