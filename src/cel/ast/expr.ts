// The tree of an expression after macros were expanded. Source: cel-go common/ast/expr.go.
import type { CelValue } from '../values/value.ts'

export interface Literal {
  readonly kind: 'literal'
  readonly id: number
  /** null, bool, int, uint, double, string or bytes. */
  readonly value: CelValue
}

export interface Ident {
  readonly kind: 'ident'
  readonly id: number
  readonly name: string
}

export interface Select {
  readonly kind: 'select'
  readonly id: number
  readonly operand: Expr
  readonly field: string
  /** True for `has(operand.field)`. */
  readonly testOnly: boolean
}

export interface Call {
  readonly kind: 'call'
  readonly id: number
  /** Operators have names, too: `_&&_`, `_==_`, `_[_]`. */
  readonly function: string
  readonly target: Expr | undefined
  readonly args: readonly Expr[]
}

export interface ListLiteral {
  readonly kind: 'list'
  readonly id: number
  readonly elements: readonly Expr[]
  /** Positions of elements written `?x`. */
  readonly optional: readonly number[]
}

export interface Entry<Key> {
  readonly id: number
  readonly key: Key
  readonly value: Expr
  /** Written `?key: value`. */
  readonly optional: boolean
}

export interface MapLiteral {
  readonly kind: 'map'
  readonly id: number
  readonly entries: readonly Entry<Expr>[]
}

export interface StructLiteral {
  readonly kind: 'struct'
  readonly id: number
  readonly typeName: string
  readonly fields: readonly Entry<string>[]
}

/** `for (iterVar, iterVar2) in range, while condition: accuVar = step; result`. What the macros expand to. */
export interface Comprehension {
  readonly kind: 'comprehension'
  readonly id: number
  readonly range: Expr
  readonly iterVar: string
  readonly iterVar2: string | undefined
  readonly accuVar: string
  readonly accuInit: Expr
  readonly condition: Expr
  readonly step: Expr
  readonly result: Expr
}

export type Expr = Literal | Ident | Select | Call | ListLiteral | MapLiteral | StructLiteral | Comprehension
