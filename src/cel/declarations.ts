// What an environment is made of: variables, functions with overloads, macros, and libraries of them.
// Source: cel-go common/decls/decls.go, cel/library.go.
import type { CheckedAst } from './checker/checked-ast.ts'
import type { CallEstimate, CallNode } from './cost/estimates.ts'
import type { Macro } from './parser/macro.ts'
import type { CelType } from './types/cel-type.ts'
import type { CelValue } from './values/value.ts'

export interface VariableDeclaration {
  /** May be qualified: `a.b`. */
  readonly name: string
  readonly type: CelType
}

/** One signature of a function. */
export interface Overload {
  /** Unique in an environment, as upstream names it: `string_to_timestamp`. Cost estimators know overloads by it. */
  readonly id: string
  /** Whether it is called `target.f(args)`; the target is then the first of `args`. */
  readonly member?: boolean
  readonly args: readonly CelType[]
  readonly result: CelType
  /** Only there with the feature `crossTypeNumericComparisons`: `_<_` of an int and a double. */
  readonly crossTypeComparison?: boolean
  /**
   * Called with values that fit `args` (of lists and maps one entry was looked at); without it the function's own `evaluate` is called.
   * Throws {@link CelError}; whatever else it throws ends the evaluation and reaches its caller.
   */
  evaluate?(this: void, ...args: CelValue[]): CelValue
  /** Cost before anything runs; `undefined`: one unit. */
  estimateCost?(this: void, call: CallNode): CallEstimate | undefined
  /**
   * Cost of a call, its arguments excluded; without it one unit. `args` has the target first. Asked before the call: one that would cost
   * more than there is left is not made.
   */
  actualCost?(this: void, args: readonly CelValue[]): number
  /** Instead, for calls whose cost only the result tells. */
  actualCostOfResult?(this: void, result: CelValue): number
}

export interface FunctionDeclaration {
  readonly name: string
  readonly overloads: readonly Overload[]
  /** One implementation for all overloads that looks at the values itself; throws `CelError('no such overload')` for others. */
  evaluate?(this: void, ...args: CelValue[]): CelValue
}

/** Functions, macros and names that are enabled together. */
export interface Library {
  readonly name: string
  readonly functions?: readonly FunctionDeclaration[]
  readonly macros?: readonly Macro[]
  readonly variables?: readonly VariableDeclaration[]
  /** Types that can be named in expressions: `type(x) == net.IP`. */
  readonly types?: readonly CelType[]
  readonly validators?: readonly AstValidator[]
}

/** Looks at a checked tree for what will surely fail; `report` takes a message and the id of the node it is about. */
export type AstValidator = (ast: CheckedAst, report: (message: string, id: number) => void) => void

/** Finds types by name, for names in expressions and for object literals. */
export interface TypeProvider {
  findType(name: string): CelType | undefined
  /**
   * The value of `Name{field: value}`. Fields were checked against the type.
   * @throws {CelError}
   */
  construct?(type: CelType, fields: ReadonlyMap<string, CelValue>): CelValue
}

/** Costs that depend on who runs an expression and not on a function: they are asked before the overload's own. */
export interface CallCosts {
  estimate?(this: void, call: CallNode): CallEstimate | undefined
  actual?(this: void, functionName: string, overloadId: string, args: readonly CelValue[], result: CelValue): number | undefined
}
