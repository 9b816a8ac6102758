// What is wrong with a field, in upstream's words. Source: k8s.io/apimachinery pkg/util/validation/field/errors.go.
import { ApiError, type StatusCause } from './api-error.ts'
import { goJson, goQuote } from './go-quote.ts'

/** Type -> how messages begin. */
const titles = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  InternalError: 'Internal error',
  FieldValueTypeInvalid: 'Invalid value',
} as const

export type FieldErrorType = keyof typeof titles

export interface FieldError {
  readonly type: FieldErrorType
  /** `spec.containers[0].name`, `metadata.labels`; '' stands for no path and is printed as `<nil>`. */
  readonly field: string
  /** The JSON value; what Go has as an internal struct is given as upstream prints it (`{ Type: 'Hostname', Address: 'h' }`). */
  readonly badValue?: unknown
  readonly detail: string
}

/** How Go prints a path of one element without a name (`field.NewPath("")`): the whole object, where upstream says so that way. */
export const emptyPath = '[]'

export const required = (field: string, detail = ''): FieldError => ({ type: 'FieldValueRequired', field, detail })
export const invalid = (field: string, badValue: unknown, detail: string): FieldError => ({ type: 'FieldValueInvalid', field, badValue, detail })
export const forbidden = (field: string, detail: string): FieldError => ({ type: 'FieldValueForbidden', field, detail })
export const duplicate = (field: string, badValue: unknown, detail = ''): FieldError => ({ type: 'FieldValueDuplicate', field, badValue, detail })
export const notFound = (field: string, badValue: unknown, detail = ''): FieldError => ({ type: 'FieldValueNotFound', field, badValue, detail })
export const typeInvalid = (field: string, badValue: unknown, detail: string): FieldError => ({ type: 'FieldValueTypeInvalid', field, badValue, detail })
export const internal = (field: string, detail: string): FieldError => ({ type: 'InternalError', field, detail })

/** @param validValues printed in the order given; upstream sorts most sets, and lists some by hand */
export function notSupported(field: string, badValue: unknown, validValues: readonly string[]): FieldError {
  const detail = validValues.length > 0 ? `supported values: ${validValues.map(goQuote).join(', ')}` : ''
  return { type: 'FieldValueNotSupported', field, badValue, detail }
}

/** @param maxBytes negative: the limit is not named */
export function tooLong(field: string, maxBytes: number): FieldError {
  return { type: 'FieldValueTooLong', field, detail: maxBytes >= 0 ? `may not be more than ${maxBytes} bytes` : 'value is too long' }
}

/** @param actual negative: not printed */
export function tooMany(field: string, actual: number, max: number): FieldError {
  const detail = max >= 0 ? `must have at most ${max} items` : 'has too many items'
  return { type: 'FieldValueTooMany', field, ...(actual >= 0 ? { badValue: actual } : {}), detail }
}

/** As `badValue`: the message shows no value, whatever its type. */
export const withoutValue = Symbol('without value')

/** Types whose messages never show the value. */
const valueless: ReadonlySet<FieldErrorType> = new Set<FieldErrorType>(['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong', 'InternalError'])

function printValue(value: unknown): string {
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'string') return goQuote(value)
  if (typeof value === 'bigint') return String(value)
  return goJson(value)
}

/** The message without the field: `Invalid value: -1: must be greater than or equal to 0`. */
export function fieldErrorBody({ type, detail, ...error }: FieldError): string {
  const shown = valueless.has(type) || error.badValue === withoutValue || (type === 'FieldValueTooMany' && error.badValue === undefined)
  const head = shown ? titles[type] : `${titles[type]}: ${printValue(error.badValue)}`
  return detail ? `${head}: ${detail}` : head
}

/** `spec.replicas: Invalid value: -1: must be greater than or equal to 0`. */
export const fieldErrorMessage = (error: FieldError) => `${error.field || '<nil>'}: ${fieldErrorBody(error)}`

/** Messages as Go's aggregate prints them: each once, `[a, b]`, brackets only around several. */
export function aggregateMessages(messages: readonly string[]): string {
  const unique = [...new Set(messages)]
  return unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`
}

/** All errors in one text. */
export const aggregate = (errors: readonly FieldError[]) => aggregateMessages(errors.map(fieldErrorMessage))

/** Nobody reads more, and building all of the errors of an object of many parts could take long: they would be hundreds of megabytes. */
const causesMax = 1000
const causesBytesMax = 1024 * 1024

/** The first of the errors; the others are only counted. */
function causesOf(errors: readonly FieldError[]): StatusCause[] {
  const causes: StatusCause[] = []
  let bytes = 0
  for (const error of errors) {
    if (causes.length === causesMax || bytes > causesBytesMax) break
    const message = fieldErrorBody(error)
    bytes += message.length + error.field.length
    causes.push({ reason: error.type, message, field: error.field || '<nil>' })
  }
  return causes
}

/**
 * The 422 answer: `Deployment.apps "x" is invalid: [a, b]`. The message names equal errors once, the causes keep them all; beyond a
 * thousand errors, both say no more than how many there are.
 * @param errors at least one
 */
export function newInvalid({ group, kind }: { readonly group: string; readonly kind: string }, name: string, errors: readonly FieldError[]): ApiError {
  const causes = causesOf(errors)
  const messages = causes.map(({ field, message }) => `${field}: ${message}`)
  if (causes.length < errors.length) messages.push(`and ${errors.length - causes.length} more errors`)
  const qualifiedKind = group ? `${kind}.${group}` : kind
  return new ApiError('Invalid', `${qualifiedKind} ${goQuote(name)} is invalid: ${aggregateMessages(messages)}`, {
    details: { ...(name ? { name } : {}), ...(group ? { group } : {}), kind, causes },
  })
}
