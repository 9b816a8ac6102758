import { ApiError } from './api-error.ts'

/**
 * Runs a pure function that recurses into what a client sent.
 * @throws {ApiError} 400 when the value is nested deeper than the stack allows (thousands of levels; Go's decoder allows 10,000)
 */
export function withinMaxDepth<T>(act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (cause instanceof RangeError && cause.message.includes('call stack')) throw new ApiError('BadRequest', 'exceeded max depth', { cause })
    throw cause
  }
}
