import { CelError, type CelValue } from '../values/value.ts'
import type { Frame } from './frame.ts'

/** A part of an expression, ready to run. @throws {CelError} */
export type Evaluate = (frame: Frame) => CelValue

/** The value, or the error as what a variable holds. */
export function attempt(evaluate: Evaluate, frame: Frame): CelValue | CelError {
  try {
    return evaluate(frame)
  } catch (error) {
    if (error instanceof CelError) return error
    throw error
  }
}
