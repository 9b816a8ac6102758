import { ApiError, badRequest } from '../../apimachinery/api-error.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import { parseUintError } from '../../apimachinery/strconv.ts'

/** Checks `resourceVersion` of a list. @throws {ApiError} 400 */
export function checkListVersion(text: string): void {
  const problem = text === '' ? undefined : parseUintError(text)
  if (problem) throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${goQuote(text)}: ${problem}`)
}

/** Checks `resourceVersion` of a get or watch; upstream answers 500 without a reason. @throws {ApiError} */
export function checkReadVersion(text: string): void {
  const problem = text === '' ? undefined : parseUintError(text)
  if (problem) throw new ApiError('', `resourceVersion: Invalid value: ${goQuote(text)}: ${problem}`, { code: 500 })
}
