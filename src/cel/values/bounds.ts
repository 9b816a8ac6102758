// Sizes no value of an expression reaches in earnest. Costs bound the steps of an expression, but sharing makes some things grow faster than
// they cost: `x + x` doubles, and so does `[x, x]` for whoever looks through it. Objects have 1.5 MiB at most, these are ten times that.
import { CelError } from './value.ts'

export const textLengthMax = 2 ** 24
export const listSizeMax = 2 ** 24
/** Elements looked at in one comparison or one formatting. */
const elementsMax = 2 ** 22

/** @throws {CelError} */
export function checkTextLength(length: number): void {
  if (length > textLengthMax) throw new CelError(`string of ${length} characters exceeds the limit of ${textLengthMax}`)
}

/** @throws {CelError} */
export function checkListSize(size: number): void {
  if (size > listSizeMax) throw new CelError(`list of ${size} elements exceeds the limit of ${listSizeMax}`)
}

/** Counts what one operation looks at within nested lists and maps. */
export class ElementBudget {
  #left = elementsMax

  /** @throws {CelError} once it was too much */
  take(): void {
    if (--this.#left < 0) throw new CelError(`more than ${elementsMax} nested elements`)
  }
}
