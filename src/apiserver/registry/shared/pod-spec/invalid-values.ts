// What most rules of pod specs are made of.
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { isDns1123Label, isDns1123Subdomain, type Messages } from '../../../../apimachinery/validation/names.ts'

export const isNegative = 'must be greater than or equal to 0'
export const notPositive = 'must be greater than zero'

/** One error per message. */
export const invalidAll = (field: string, value: unknown, messages: Messages): readonly FieldError[] =>
  messages.map((message) => invalid(field, value, message))

export const requiredText = (field: string, value: string | undefined, detail = ''): readonly FieldError[] => (value ? [] : [required(field, detail)])

export const label = (field: string, value: string): readonly FieldError[] => invalidAll(field, value, isDns1123Label(value))
export const subdomain = (field: string, value: string): readonly FieldError[] => invalidAll(field, value, isDns1123Subdomain(value))

export const nonNegative = (field: string, value: number | undefined): readonly FieldError[] =>
  value !== undefined && value < 0 ? [invalid(field, value, isNegative)] : []

/** One of `values`, when set. */
export const oneOf = (field: string, value: string | undefined, values: readonly string[]): readonly FieldError[] =>
  value === undefined || values.includes(value) ? [] : [notSupported(field, value, values)]

/** One of `values`; the empty text is reported as missing. */
export const requiredOneOf = (field: string, value: string | undefined, values: readonly string[]): readonly FieldError[] =>
  value ? oneOf(field, value, values) : [required(field)]

/** Go's maps have no order, ours is sorted: the same request gets the same answer. */
export const sortedEntries = <V>(map: { readonly [key: string]: V } | undefined): readonly (readonly [string, V])[] =>
  Object.entries(map ?? {}).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

/** Each of `present` fields is forbidden. */
export const forbidAll = (present: { readonly [field: string]: unknown }, detail: string): readonly FieldError[] =>
  Object.entries(present)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([field]) => forbidden(field, detail))
