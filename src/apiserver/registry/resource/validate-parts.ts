// What claims, classes and slices have in common. Source: pkg/apis/resource/validation/validation.go.
import type { DeviceConfiguration, DeviceSelector, DeviceTaint, DeviceToleration } from '../../../api/resource/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, notSupported, required, tooLong, tooMany } from '../../../apimachinery/field-errors.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { validateLabelName } from '../../../apimachinery/validation/labels.ts'
import { byteLength, isCIdentifier, isDns1123Subdomain, isLabelValue } from '../../../apimachinery/validation/names.ts'
import { compileDeviceSelector, isTooComplex } from '../../../cel/kubernetes/device-selector.ts'
import type { ExpressionCompilation } from '../../../cel/kubernetes/expression.ts'
import { flatMapSteps, type Steps } from '../../../util/steps.ts'
import { expressionErrors } from '../../expressions/expression-errors.ts'
import { invalidAll } from '../shared/pod-spec/invalid-values.ts'
import { validateCsiDriverName } from '../shared/pod-spec/validate-volumes.ts'

const selectorsMax = 32
const expressionBytesMax = 10 * 1024
const parametersBytesMax = 10 * 1024
const poolBytesMax = 253
const attributeIdBytesMax = 32
const effects = ['NoExecute', 'NoSchedule', 'None']

const normalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const uuidForm = 'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters'

/** What github.com/google/uuid says of a text that it cannot read; undefined: it can, in one of four forms. */
function uuidComplaint(text: string): string | undefined {
  const bare = text.length === 45 ? text.slice(9) : text.length === 38 ? text.slice(1) : text
  if (text.length === 32) return /^[0-9a-fA-F]{32}$/.test(text) ? undefined : 'invalid UUID format'
  if (text.length === 45 && text.slice(0, 9).toLowerCase() !== 'urn:uuid:') return `invalid urn prefix: ${goQuote(text.slice(0, 9))}`
  if (text.length === 38 && (!text.startsWith('{') || !text.endsWith('}'))) return 'invalid bracketed UUID format'
  if (![36, 38, 45].includes(text.length)) return `invalid UUID length: ${text.length}`
  return normalUuid.test(bare.slice(0, 36).toLowerCase()) ? undefined : 'invalid UUID format'
}

export function validateUid(field: string, uid: string): readonly FieldError[] {
  if (normalUuid.test(uid)) return []
  const complaint = uuidComplaint(uid)
  return [invalid(field, uid, complaint === undefined ? uuidForm : `error validating uid: ${complaint}`)]
}

export function validatePool(field: string, pool = ''): readonly FieldError[] {
  if (pool === '') return [required(field)]
  return [
    ...(byteLength(pool) > poolBytesMax ? [tooLong(field, poolBytesMax)] : []),
    ...pool.split('/').flatMap((part) => invalidAll(field, part, isDns1123Subdomain(part))),
  ]
}

/** @param stored the selectors are those that are there already: they were good then */
export function* validateSelectors(field: string, selectors: readonly DeviceSelector[] = [], stored = false): Steps<readonly FieldError[]> {
  if (selectors.length > selectorsMax) return [tooMany(field, selectors.length, selectorsMax)]
  return yield* flatMapSteps(selectors, function* ({ cel }, i): Steps<readonly FieldError[]> {
    const at = `${field}[${i}].cel`
    if (!cel) return [required(at)]
    if (stored) return []
    const { expression = '' } = cel
    return byteLength(expression) > expressionBytesMax
      ? [tooLong(`${at}.expression`, expressionBytesMax)]
      : selectorErrors(`${at}.expression`, yield* compileDeviceSelector(expression))
  })
}

function selectorErrors(field: string, compiled: ExpressionCompilation): readonly FieldError[] {
  if (compiled.ok && isTooComplex(compiled)) return [forbidden(field, 'too complex, exceeds cost limit')]
  return expressionErrors(field, compiled)
}

export function validateConfiguration(at: string, { opaque }: DeviceConfiguration): readonly FieldError[] {
  if (!opaque) return [required(`${at}.opaque`)]
  return [
    ...validateCsiDriverName(`${at}.opaque.driver`, opaque.driver),
    ...validateRawObject(`${at}.opaque.parameters`, opaque.parameters, parametersBytesMax),
  ]
}

const validateId = (field: string, id: string): readonly FieldError[] => [
  ...(byteLength(id) > attributeIdBytesMax ? [tooLong(field, attributeIdBytesMax)] : []),
  ...invalidAll(field, id, isCIdentifier(id)),
]

/** `domain/name`, or a name alone where the driver's domain goes without saying. Upstream lets a name with more slashes pass. */
export function validateQualifiedName(field: string, name: string): readonly FieldError[] {
  const parts = name.split('/')
  const [first = '', second = ''] = parts
  if (parts.length === 1) return validateId(field, first)
  if (parts.length > 2) return []
  return [
    ...(first === '' ? [invalid(field, '', 'the domain must not be empty')] : validateCsiDriverName(field, first)),
    ...(second === '' ? [invalid(field, '', 'the name must not be empty')] : validateId(field, second)),
  ]
}

export function validateFullyQualifiedName(field: string, name: string): readonly FieldError[] {
  const errors = validateQualifiedName(field, name)
  if (name.includes('/')) return errors
  return [...errors, invalid(field, name, 'a fully qualified name must be a domain and a name separated by a slash')]
}

export function validateDeviceTolerations(field: string, tolerations: readonly DeviceToleration[] = []): readonly FieldError[] {
  return tolerations.flatMap(({ key, operator, value = '', effect }, i) => {
    const at = `${field}[${i}]`
    const errors: FieldError[] = key ? [...validateLabelName(`${at}.key`, key)] : []
    if (operator === 'Exists') {
      if (value) errors.push(invalid(`${at}.value`, value, 'must be empty for operator `Exists`'))
    } else if (!operator) errors.push(required(`${at}.operator`))
    else if (operator === 'Equal') errors.push(...invalidAll(`${at}.value`, value, isLabelValue(value)))
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

const conditionsMax = 4

/** Conditions that must come true before a pod is bound, and those that mean it never can be: disjoint, and both or none. */
export function validateBindingConditions(at: string, wanted: readonly string[] = [], failures: readonly string[] = []): readonly FieldError[] {
  const [wantedField, failureField] = [`${at}.bindingConditions`, `${at}.bindingFailureConditions`]
  const names = (field: string, list: readonly string[]) =>
    list.length > conditionsMax ? [tooMany(field, list.length, conditionsMax)] : list.flatMap((name, i) => validateLabelName(`${field}[${i}]`, name))
  const again = (field: string, list: readonly string[], i: number) => (list.indexOf(list[i]!) < i ? [duplicate(`${field}[${i}]`, list[i])] : [])
  const overlap = 'bindingFailureConditions must not overlap with bindingConditions'
  return [
    ...names(wantedField, wanted),
    ...names(failureField, failures),
    ...wanted.flatMap((_, i) => again(wantedField, wanted, i)),
    ...failures.flatMap((name, i) => [
      ...again(failureField, failures, i),
      ...(wanted.includes(name) ? [invalid(`${failureField}[${i}]`, name, overlap)] : []),
    ]),
    ...(wanted.length === 0 && failures.length > 0 ? [invalid(wantedField, null, 'bindingConditions are required to use bindingFailureConditions')] : []),
    ...(failures.length === 0 && wanted.length > 0 ? [invalid(failureField, null, 'bindingFailureConditions are required to use bindingConditions')] : []),
  ]
}

/** What a driver reads, as it is: a JSON object of a limited size. @param value absent where nothing was given */
export function validateRawObject(field: string, value: unknown, bytesMax: number): readonly FieldError[] {
  if (value === undefined || value === null) return [required(field)]
  if (byteLength(JSON.stringify(value)) > bytesMax) return [tooLong(field, bytesMax)]
  return typeof value !== 'object' || Array.isArray(value) ? [invalid(field, '<value omitted>', 'must be a valid JSON object')] : []
}
