// What claims, classes and slices have in common. Source: pkg/apis/resource/validation/validation.go.
import type { DeviceConfiguration, DeviceSelector, DeviceTaint, DeviceToleration } from '../../../api/resource/v1.ts'
import { type FieldError, invalid, notSupported, required, tooLong, tooMany } from '../../../apimachinery/field-errors.ts'
import { validateLabelName } from '../../../apimachinery/validation/labels.ts'
import { byteLength, isCIdentifier, isDns1123Subdomain, isLabelValue } from '../../../apimachinery/validation/names.ts'
import { invalidAll } from '../shared/pod-spec/invalid-values.ts'

const selectorsMax = 32
const tolerationsMax = 16
const expressionBytesMax = 10 * 1024
const parametersBytesMax = 10 * 1024
const driverBytesMax = 63
const poolBytesMax = 253
const attributeDomainBytesMax = 63
const attributeIdBytesMax = 32
const effects = ['NoExecute', 'NoSchedule', 'None']

export function validateDriver(field: string, driver = ''): readonly FieldError[] {
  if (driver === '') return [required(field)]
  return [...(driver.length > driverBytesMax ? [tooLong(field, driverBytesMax)] : []), ...invalidAll(field, driver, isDns1123Subdomain(driver))]
}

export function validatePool(field: string, pool = ''): readonly FieldError[] {
  if (pool === '') return [required(field)]
  return [
    ...(byteLength(pool) > poolBytesMax ? [tooLong(field, poolBytesMax)] : []),
    ...pool.split('/').flatMap((part) => invalidAll(field, part, isDns1123Subdomain(part))),
  ]
}

/** The presence of expressions; what they say is for whoever evaluates them. */
export function validateSelectors(field: string, selectors: readonly DeviceSelector[] = []): readonly FieldError[] {
  if (selectors.length > selectorsMax) return [tooMany(field, selectors.length, selectorsMax)]
  return selectors.flatMap(({ cel }, i) => {
    const at = `${field}[${i}].cel`
    if (!cel) return [required(at)]
    return byteLength(cel.expression ?? '') > expressionBytesMax ? [tooLong(`${at}.expression`, expressionBytesMax)] : []
  })
}

export function validateConfiguration(at: string, { opaque }: DeviceConfiguration): readonly FieldError[] {
  if (!opaque) return [required(`${at}.opaque`)]
  const field = `${at}.opaque.parameters`
  const parameters: unknown = opaque.parameters
  const errors = [...validateDriver(`${at}.opaque.driver`, opaque.driver)]
  if (parameters === undefined || parameters === null) return [...errors, required(field)]
  const text = JSON.stringify(parameters)
  if (byteLength(text) > parametersBytesMax) return [...errors, tooLong(field, parametersBytesMax)]
  if (typeof parameters !== 'object' || Array.isArray(parameters)) return [...errors, invalid(field, '<value omitted>', 'must be a valid JSON object')]
  return errors
}

/** `domain/name`, or a name alone where the driver's domain goes without saying. */
export function validateQualifiedName(field: string, name: string): readonly FieldError[] {
  if (name === '') return [required(field, 'name required')]
  const [first = '', second, ...rest] = name.split('/')
  if (rest.length > 0) return [invalid(field, name, 'a qualified name must be a C identifier, optionally with a domain prefix')]
  const id = (text: string): readonly FieldError[] => {
    if (text === '') return [required(field, 'the name must not be empty')]
    return [...(text.length > attributeIdBytesMax ? [tooLong(field, attributeIdBytesMax)] : []), ...invalidAll(field, text, isCIdentifier(text))]
  }
  if (second === undefined) return id(first)
  const domain = first === '' ? [required(field, 'the domain must not be empty')] : invalidAll(field, first, isDns1123Subdomain(first))
  return [...domain, ...(first.length > attributeDomainBytesMax ? [tooLong(field, attributeDomainBytesMax)] : []), ...id(second)]
}

export function validateFullyQualifiedName(field: string, name: string): readonly FieldError[] {
  const errors = validateQualifiedName(field, name)
  if (name === '' || name.includes('/')) return errors
  return [...errors, invalid(field, name, 'a fully qualified name must be a domain and a name separated by a slash')]
}

export function validateDeviceTolerations(field: string, tolerations: readonly DeviceToleration[] = []): readonly FieldError[] {
  if (tolerations.length > tolerationsMax) return [tooMany(field, tolerations.length, tolerationsMax)]
  return tolerations.flatMap(({ key, operator, value = '', effect }, i) => {
    const at = `${field}[${i}]`
    const errors: FieldError[] = key ? [...validateLabelName(`${at}.key`, key)] : []
    if (operator === 'Exists') {
      if (value) errors.push(invalid(`${at}.value`, value, 'must be empty for operator `Exists`'))
    } else if (operator === undefined || operator === 'Equal') errors.push(...invalidAll(`${at}.value`, value, isLabelValue(value)))
    else errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']))
    if (effect && !effects.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, effects))
    return errors
  })
}

export function validateDeviceTaint(at: string, { key, value, effect }: DeviceTaint): readonly FieldError[] {
  return [
    ...validateLabelName(`${at}.key`, key ?? ''),
    ...(value ? invalidAll(`${at}.value`, value, isLabelValue(value)) : []),
    ...(effect ? (effects.includes(effect) ? [] : [notSupported(`${at}.effect`, effect, effects)]) : [required(`${at}.effect`)]),
  ]
}
