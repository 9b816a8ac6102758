// What becomes of a Job when pods fail. Source: pkg/apis/batch/validation/validation.go (validatePodFailurePolicy).
import type { JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule } from '../../../../api/batch/v1.ts'
import { duplicate, type FieldError, invalid, notSupported, required, tooMany, withoutValue } from '../../../../apimachinery/field-errors.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { invalidAll } from '../pod-spec/invalid-values.ts'

const rulesMax = 20
const valuesMax = 255
const patternsMax = 20
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const operators = ['In', 'NotIn']
const conditionStatuses = ['False', 'True', 'Unknown']

function validateChoice(field: string, value: string | undefined, values: readonly string[]): readonly FieldError[] {
  if (!value) return [required(field, `valid values: [${values.map(goQuote).join(' ')}]`)]
  return values.includes(value) ? [] : [notSupported(field, value, values)]
}

function validateAction(field: string, action: string | undefined, { backoffLimitPerIndex }: JobSpec): readonly FieldError[] {
  if (action !== 'FailIndex') return validateChoice(field, action, actions)
  return backoffLimitPerIndex === undefined ? [invalid(field, action, 'requires the backoffLimitPerIndex to be set')] : []
}

function validateExitCodeValues(field: string, given: readonly number[] | undefined, operator: string): readonly FieldError[] {
  const values = given ?? []
  const errors: FieldError[] = []
  if (values.length === 0) errors.push(invalid(field, given, 'at least one value is required'))
  else if (values.length > valuesMax) errors.push(tooMany(field, values.length, valuesMax))
  const seen = new Set<number>()
  for (const [index, value] of values.entries()) {
    const at = `${field}[${index}]`
    if (operator === 'In' && value === 0) errors.push(invalid(at, value, 'must not be 0 for the In operator'))
    if (seen.has(value)) errors.push(duplicate(at, value))
    seen.add(value)
  }
  if (values.some((value, index) => index > 0 && values[index - 1]! > value)) errors.push(invalid(field, values, 'must be ordered'))
  return errors
}

function validateExitCodes(
  field: string,
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  containerNames: ReadonlySet<string>,
): readonly FieldError[] {
  return [
    ...validateChoice(`${field}.operator`, operator, operators),
    ...(containerName === undefined || containerNames.has(containerName)
      ? []
      : [invalid(`${field}.containerName`, containerName, 'must be one of the container or initContainer names in the pod template')]),
    ...validateExitCodeValues(`${field}.values`, values, operator),
  ]
}

function validatePodConditions(field: string, patterns: readonly PodFailurePolicyOnPodConditionsPattern[]): readonly FieldError[] {
  return [
    ...(patterns.length > patternsMax ? [tooMany(field, patterns.length, patternsMax)] : []),
    ...patterns.flatMap(({ type, status }, index) => [
      ...invalidAll(`${field}[${index}].type`, type, isQualifiedName(type)),
      ...validateChoice(`${field}[${index}].status`, status, conditionStatuses),
    ]),
  ]
}

function validateRule(field: string, rule: PodFailurePolicyRule, spec: JobSpec, containerNames: ReadonlySet<string>): readonly FieldError[] {
  const { action, onExitCodes, onPodConditions = [] } = rule
  const errors = [...validateAction(`${field}.action`, action, spec)]
  if (onExitCodes) errors.push(...validateExitCodes(`${field}.onExitCodes`, onExitCodes, containerNames))
  if (onPodConditions.length > 0) errors.push(...validatePodConditions(`${field}.onPodConditions`, onPodConditions))
  if (onExitCodes && onPodConditions.length > 0) {
    errors.push(invalid(field, withoutValue, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    errors.push(invalid(field, withoutValue, 'specifying one of OnExitCodes and OnPodConditions is required'))
  }
  return errors
}

export function validatePodFailurePolicy(field: string, spec: JobSpec): readonly FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? []
  const pod = spec.template.spec
  const names = new Set([...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name))
  return [
    ...(rules.length > rulesMax ? [tooMany(`${field}.rules`, rules.length, rulesMax)] : []),
    ...rules.flatMap((rule, index) => validateRule(`${field}.rules[${index}]`, rule, spec, names)),
  ]
}
