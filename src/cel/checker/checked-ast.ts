import type { Expr } from '../ast/expr.ts'
import type { SourceText } from '../parser/issues.ts'
import type { CelType } from '../types/cel-type.ts'

/** What a name or a call refers to. */
export type Reference =
  /** A variable or type by its full name; `value` is there for types. */
  | { readonly kind: 'ident'; readonly name: string; readonly value?: CelType }
  /** The overloads that may be meant; more than one where types are only known at run time. */
  | { readonly kind: 'function'; readonly overloadIds: readonly string[] }

/** A tree with the type of every node. Read-only. */
export interface CheckedAst {
  readonly source: SourceText
  readonly expr: Expr
  /** The type of a node by its id; `dyn` where nothing is known. */
  typeOf(id: number): CelType
  reference(id: number): Reference | undefined
}
