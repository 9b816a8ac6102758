import type { Expr } from '../ast/expr.ts'
import type { SourceText } from '../parser/issues.ts'
import { type CelType, dynType } from '../types/cel-type.ts'

/** What a name or a call refers to. */
export type Reference =
  /** A variable by its full name, one that a comprehension declares, or a type, which is then the value. */
  | { readonly kind: 'ident'; readonly name: string; readonly local?: boolean; readonly type?: CelType }
  /** The overloads that may be meant; more than one where types are only known at run time. */
  | { readonly kind: 'function'; readonly overloadIds: readonly string[] }

/** A tree with the type of every node. Names in it are full names, and namespaced functions have no target. */
export class CheckedAst {
  readonly source: SourceText
  readonly expr: Expr
  readonly #types: ReadonlyMap<number, CelType>
  readonly #references: ReadonlyMap<number, Reference>

  constructor(source: SourceText, expr: Expr, types: ReadonlyMap<number, CelType>, references: ReadonlyMap<number, Reference>) {
    this.source = source
    this.expr = expr
    this.#types = types
    this.#references = references
  }

  /** The type of a node by its id; `dyn` where nothing is known. */
  typeOf(id: number): CelType {
    return this.#types.get(id) ?? dynType
  }

  reference(id: number): Reference | undefined {
    return this.#references.get(id)
  }

  overloadIds(id: number): readonly string[] {
    const reference = this.#references.get(id)
    return reference?.kind === 'function' ? reference.overloadIds : []
  }
}
