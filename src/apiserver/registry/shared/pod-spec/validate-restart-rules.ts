// A container's own restart policy and the rules that overrule it by exit code.
import type { Container } from '../../../../api/core/v1.ts'
import { type FieldError, required, tooMany } from '../../../../apimachinery/field-errors.ts'
import { oneOf } from './invalid-values.ts'

const rulesMax = 20
const exitCodesMax = 255

export function validateContainerRestart(field: string, { restartPolicy, restartPolicyRules = [] }: Container): readonly FieldError[] {
  const errors: FieldError[] = []
  if (restartPolicy !== undefined) errors.push(...oneOf(`${field}.restartPolicy`, restartPolicy, ['Always', 'Never', 'OnFailure']))
  else if (restartPolicyRules.length > 0) errors.push(required(`${field}.restartPolicy`, 'must specify restartPolicy when restart rules are used'))
  if (restartPolicyRules.length > rulesMax) errors.push(tooMany(`${field}.restartPolicyRules`, restartPolicyRules.length, rulesMax))
  for (const [index, { action, exitCodes }] of restartPolicyRules.entries()) {
    const path = `${field}.restartPolicyRules[${index}]`
    errors.push(...oneOf(`${path}.action`, action ?? '', ['Restart', 'RestartAllContainers']))
    if (!exitCodes) {
      errors.push(required(`${path}.exitCodes`, 'must be specified'))
      continue
    }
    errors.push(...oneOf(`${path}.exitCodes.operator`, exitCodes.operator ?? '', ['In', 'NotIn']))
    const count = exitCodes.values?.length ?? 0
    if (count > exitCodesMax) errors.push(tooMany(`${path}.exitCodes.values`, count, exitCodesMax))
  }
  return errors
}
