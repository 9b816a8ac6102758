import { ApiError, badRequest } from '../../apimachinery/api-error.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'

const uint64Max = 2n ** 64n - 1n

/** What Go's ParseUint says of a text; undefined: it is a number. */
function parseUintError(text: string): string | undefined {
  if (!/^\d+$/.test(text)) return `strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`
  if (BigInt(text) > uint64Max) return `strconv.ParseUint: parsing ${goQuote(text)}: value out of range`
  return undefined
}

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
