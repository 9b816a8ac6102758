import { ApiError } from './api-error.ts'

/**
 * Runs a pure function that recurses into what a client sent.
 * @throws {ApiError} 400 when the value is nested deeper than the stack allows (thousands of levels; Go's decoder allows 10,000)
 */
export function withinMaxDepth<T>(act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (isTooDeep(cause)) throw new ApiError('BadRequest', 'exceeded max depth', { cause })
    throw cause
  }
}

/** Whether an error, or what lies behind it, is that a value is nested deeper than the stack allows. What the server nests itself is never so deep. */
export function isTooDeep(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof RangeError && at.message.includes('call stack')) return true
  return false
}
