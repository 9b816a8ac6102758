// Sizes no value of an expression reaches in earnest. Costs bound the steps of an expression, but sharing makes some things grow faster than
// they cost: `x + x` doubles, and so does `[x, x]` for whoever looks through it. Objects have 1.5 MiB at most, these are ten times that.
import { CelError } from './value.ts'

export const textLengthMax = 2 ** 24
export const listSizeMax = 2 ** 24
/** Elements within nested values that one evaluation looks at: in comparisons, in formatting. A tenth of a second. */
const elementsMax = 2 ** 20

/** @throws {CelError} */
export function checkTextLength(length: number): void {
  if (length > textLengthMax) throw new CelError(`string of ${length} characters exceeds the limit of ${textLengthMax}`)
}

/** @throws {CelError} */
export function checkListSize(size: number): void {
  if (size > listSizeMax) throw new CelError(`list of ${size} elements exceeds the limit of ${listSizeMax}`)
}

/** Counts what is looked at within nested lists and maps: that is not in the costs, which know the outermost size only. */
export class ElementBudget {
  #left = elementsMax

  /** @throws {CelError} once it was too much */
  take(): void {
    if (--this.#left < 0) throw new CelError(`more than ${elementsMax} nested elements`)
  }
}

let underWay: ElementBudget | undefined

/** The budget of the evaluation under way, which all its operations share; outside of evaluations a new one. */
export const elementBudget = (): ElementBudget => underWay ?? new ElementBudget()

/** Runs an evaluation. One within another (a variable that is computed when it is first asked for) has the same budget. */
export function withElementBudget<T>(evaluate: () => T): T {
  const outer = underWay
  underWay ??= new ElementBudget()
  try {
    return evaluate()
  } finally {
    underWay = outer
  }
}
