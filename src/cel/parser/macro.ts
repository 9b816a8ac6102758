// Macros: calls that the parser replaces by other expressions. Source: cel-go parser/macro.go.
import type { Entry, Expr } from '../ast/expr.ts'
import type { CelValue } from '../values/value.ts'

/** Makes nodes at the position of the call that is being replaced. */
export interface MacroHelper {
  literal(value: CelValue): Expr
  ident(name: string): Expr
  select(operand: Expr, field: string): Expr
  presenceTest(operand: Expr, field: string): Expr
  call(name: string, ...args: Expr[]): Expr
  memberCall(name: string, target: Expr, ...args: Expr[]): Expr
  list(...elements: Expr[]): Expr
  map(...entries: Entry<Expr>[]): Expr
  mapEntry(key: Expr, value: Expr): Entry<Expr>
  comprehension(parts: { range: Expr; iterVar: string; iterVar2?: string; accuVar: string; accuInit: Expr; condition: Expr; step: Expr; result: Expr }): Expr
  /** The variable macros accumulate in. */
  readonly accuVar: string
  accuIdent(): Expr
  /** A fresh copy with ids of its own: no node may occur twice in a tree. */
  copy(expr: Expr): Expr
}

/** A refusal to expand, reported at an expression. */
export class MacroError extends Error {
  override readonly name = 'MacroError'
  readonly at: Expr | undefined

  constructor(message: string, at?: Expr) {
    super(message)
    this.at = at
  }
}

export interface Macro {
  readonly name: string
  readonly member: boolean
  /** Number of arguments without the target; 'any' for all. */
  readonly argCount: number | 'any'
  /**
   * The replacement, or `undefined` to leave the call as it is.
   * @throws {MacroError}
   */
  expand(helper: MacroHelper, target: Expr | undefined, args: readonly Expr[]): Expr | undefined
}
