// Parameters that a class hands to its driver. Source: pkg/apis/storage/validation/validation.go (validateParameters).
import { type FieldError, invalid, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { byteLength, isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { invalidAll } from '../pod-spec/invalid-values.ts'

const bytesMax = 256 * 1024
const countMax = 512

export function validateParameters(parameters: { readonly [key: string]: string } | undefined, mayBeEmpty: boolean): readonly FieldError[] {
  const field = 'parameters'
  const entries = Object.entries(parameters ?? {})
  if (entries.length > countMax) return [tooLong(field, countMax)]
  const bytes = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0)
  return [
    ...entries.filter(([key]) => key === '').map(([key]) => invalid(field, key, 'field can not be empty.')),
    ...(bytes > bytesMax ? [tooLong(field, bytesMax)] : []),
    ...(!mayBeEmpty && entries.length === 0 ? [required(field, 'must contain at least one key/value pair')] : []),
  ]
}

/** Names of provisioners and drivers of classes: like a label key, in any case. */
export const validateProvisioner = (field: string, name = ''): readonly FieldError[] =>
  name ? invalidAll(field, name.toLowerCase(), isQualifiedName(name.toLowerCase())) : [required(field)]
