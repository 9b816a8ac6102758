// What strategic merge patch complains of. Source: k8s.io/apimachinery pkg/util/mergepatch/errors.go; the handler answers the
// malformed directives with 400 and everything else, for want of a reason, with 500.
import { ApiError } from '../api-error.ts'
import { goPrint } from '../go-quote.ts'
import { isRaw } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'

export const strategicError = (message: string) => new ApiError('', message, { code: 500 })

const badFormat = (of: string) => new ApiError('BadRequest', `invalid patch format of ${of}`)
export const badRetainKeys = () => badFormat('retainKeys')
export const badDeletionList = () => badFormat('primitive list')
export const badElementOrder = () => badFormat('setElementOrder list')

export const noMergeKey = (element: JsonObject, mergeKey: string) => strategicError(`map: ${goPrint(element)} does not contain declared merge key: ${mergeKey}`)
export const badDirective = (directive: JsonValue, patch: JsonObject) => strategicError(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(patch)}`)

function goType(value: JsonValue): string {
  if (value === null) return '%!s(<nil>)'
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (isRaw(value)) return 'int64'
  return { string: 'string', boolean: 'bool', object: 'map[string]interface {}' }[typeof value as 'string' | 'boolean' | 'object']
}

export const badType = (expected: 'map[string]interface {}' | '[]interface {}', actual: JsonValue) =>
  strategicError(`expected a ${expected}, but received a ${goType(actual)}`)
