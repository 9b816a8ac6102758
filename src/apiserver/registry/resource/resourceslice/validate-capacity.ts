// How much of a device there is, and how it may be shared. Source: pkg/apis/resource/validation/validation.go
// (validateMultiAllocatableDeviceCapacity, validateRequestPolicy and below).
import type { CapacityRequestPolicy, CapacityRequestPolicyRange, DeviceCapacity } from '../../../../api/resource/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, required, tooMany } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity, type Quantity } from '../../../../apimachinery/quantity/quantity.ts'
import { notPositive } from '../../shared/pod-spec/invalid-values.ts'

const optionsMax = 10

function validateOptions(field: string, fallback: Quantity, capacity: Quantity, options: readonly Quantity[]): readonly FieldError[] {
  const unordered = options.flatMap((option, i) => {
    const next = options[i + 1]
    return next && option.compare(next) > 0 ? [invalid(`${field}[${i + 1}]`, next.toString(), 'values must be sorted in ascending order')] : []
  })
  if (options.length > optionsMax) {
    return [...unordered, tooMany(field, options.length, optionsMax), ...missingDefault(field, fallback, [])]
  }
  const keys = options.map((option) => String(option.value()))
  return [
    ...unordered,
    ...options.flatMap((option, i) =>
      option.compare(capacity) > 0 ? [invalid(`${field}[${i}]`, option.toString(), `option is larger than capacity value: ${capacity.toString()}`)] : [],
    ),
    ...keys.flatMap((key, i) => (keys.indexOf(key) < i ? [duplicate(`${field}[${i}]`, key)] : [])),
    ...missingDefault(field, fallback, options),
  ]
}

const missingDefault = (field: string, fallback: Quantity, options: readonly Quantity[]): readonly FieldError[] =>
  options.some((option) => option.compare(fallback) === 0)
    ? []
    : [invalid(field, fallback.toString(), 'default value is not valid according to the requestPolicy')]

function validateStep(field: string, value: Quantity, min: Quantity, step: Quantity): readonly FieldError[] {
  // A step below one counts as one: amounts are whole numbers here, rounded up.
  if ((value.value() - min.value()) % step.value() === 0n) return []
  return [invalid(field, value.toString(), `value is not a multiple of a given step (${step.toString()}) from (${min.toString()})`)]
}

function validateRange(field: string, fallback: Quantity, capacity: Quantity, range: CapacityRequestPolicyRange): readonly FieldError[] {
  if (range.min === undefined) return [required(`${field}.min`, 'required when validRange is defined')]
  const min = parseQuantity(range.min)
  const max = range.max === undefined ? undefined : parseQuantity(range.max)
  const step = range.step === undefined ? undefined : parseQuantity(range.step)
  const errors: FieldError[] = []
  const refuse = (name: string, value: Quantity, what: string, than: Quantity) =>
    errors.push(invalid(`${field}.${name}`, value.toString(), `${what}: ${than.toString()}`))
  if (min.compare(capacity) > 0) refuse('min', min, 'min is larger than capacity value', capacity)
  if (fallback.compare(min) < 0) refuse('min', fallback, 'default is less than min', min)
  if (max && min.compare(max) > 0) refuse('max', min, 'min is larger than max', max)
  if (max && max.compare(capacity) > 0) refuse('max', max, 'max is larger than capacity value', capacity)
  if (max && fallback.compare(max) > 0) refuse('max', fallback, 'default is more than max', max)
  if (!step) return errors
  const at = `${field}.step`
  if (step.sign <= 0) return [...errors, invalid(at, step.toString(), notPositive)]
  const added = min.add(step)
  if (added.compare(capacity) > 0)
    errors.push(invalid(at, step.toString(), `one step ${added.toString()} is larger than capacity value: ${capacity.toString()}`))
  errors.push(...validateStep(at, fallback, min, step))
  return max ? [...errors, ...validateStep(at, max, min, step)] : errors
}

function validatePolicy(field: string, capacity: Quantity, policy: CapacityRequestPolicy): readonly FieldError[] {
  const { validValues = [], validRange } = policy
  if (validValues.length > 0 && validRange) {
    return [forbidden(field, 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time')]
  }
  const kind = validValues.length > 0 ? 'validValues' : validRange ? 'validRange' : undefined
  if (!kind) return []
  if (!policy.default) return [required(`${field}.default`, `required when ${kind} is defined`)]
  const fallback = parseQuantity(policy.default)
  return validRange
    ? validateRange(`${field}.validRange`, fallback, capacity, validRange)
    : validateOptions(`${field}.validValues`, fallback, capacity, validValues.map(parseQuantity))
}

/** @param shared whether the device may be given to several claims at once */
export function validateCapacity(at: string, { value, requestPolicy }: DeviceCapacity, shared: boolean): readonly FieldError[] {
  if (!requestPolicy) return []
  const field = `${at}.requestPolicy`
  return shared ? validatePolicy(field, parseQuantity(value ?? '0'), requestPolicy) : [forbidden(field, 'allowMultipleAllocations must be true')]
}
