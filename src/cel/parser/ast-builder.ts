// Makes nodes with ids and remembers where they came from.
import type { Call, Comprehension, Entry, Expr, Ident, ListLiteral, Literal, MapLiteral, Select, StructLiteral } from '../ast/expr.ts'
import type { CelValue } from '../values/value.ts'
import type { SourceText } from './issues.ts'
import { LimitError, nodesMax } from './limits.ts'
import type { MacroHelper } from './macro.ts'

/** The variable macros accumulate in; nobody can write it. */
export const accumulatorName = '@result'

export class AstBuilder {
  readonly source: SourceText
  #lastId = 0

  constructor(source: SourceText) {
    this.source = source
  }

  /** @throws {LimitError} */
  id(offset: number): number {
    const id = ++this.#lastId
    if (id > nodesMax) throw new LimitError(`expression exceeds ${nodesMax} nodes after macros were expanded`)
    this.source.offsets[id] = offset
    return id
  }

  literal(offset: number, value: CelValue): Literal {
    return { kind: 'literal', id: this.id(offset), value }
  }

  ident(offset: number, name: string): Ident {
    return { kind: 'ident', id: this.id(offset), name }
  }

  select(offset: number, operand: Expr, field: string, testOnly = false): Select {
    return { kind: 'select', id: this.id(offset), operand, field, testOnly }
  }

  call(offset: number, name: string, args: readonly Expr[], target?: Expr): Call {
    return { kind: 'call', id: this.id(offset), function: name, target, args }
  }

  list(offset: number, elements: readonly Expr[], optional: readonly number[] = []): ListLiteral {
    return { kind: 'list', id: this.id(offset), elements, optional }
  }

  map(offset: number, entries: readonly Entry<Expr>[]): MapLiteral {
    return { kind: 'map', id: this.id(offset), entries }
  }

  struct(offset: number, typeName: string, fields: readonly Entry<string>[]): StructLiteral {
    return { kind: 'struct', id: this.id(offset), typeName, fields }
  }

  entry<Key>(offset: number, key: Key, value: Expr, optional: boolean): Entry<Key> {
    return { id: this.id(offset), key, value, optional }
  }

  /** For the replacement of a call at the offset. */
  helper(offset: number): MacroHelper {
    return {
      accuVar: accumulatorName,
      accuIdent: () => this.ident(offset, accumulatorName),
      literal: (value) => this.literal(offset, value),
      ident: (name) => this.ident(offset, name),
      select: (operand, field) => this.select(offset, operand, field),
      presenceTest: (operand, field) => this.select(offset, operand, field, true),
      call: (name, ...args) => this.call(offset, name, args),
      memberCall: (name, target, ...args) => this.call(offset, name, args, target),
      list: (...elements) => this.list(offset, elements),
      map: (...entries) => this.map(offset, entries),
      mapEntry: (key, value) => this.entry(offset, key, value, false),
      comprehension: (parts): Comprehension => ({ kind: 'comprehension', id: this.id(offset), iterVar2: undefined, ...parts }),
      copy: (expr) => this.#copy(expr),
    }
  }

  #copy(expr: Expr): Expr {
    const id = this.id(this.source.offsets[expr.id] ?? 0)
    const copy = (part: Expr) => this.#copy(part)
    const copyEntry = <Key>(entry: Entry<Key>, key: Key): Entry<Key> => this.entry(this.source.offsets[entry.id] ?? 0, key, copy(entry.value), entry.optional)
    switch (expr.kind) {
      case 'literal':
      case 'ident':
        return { ...expr, id }
      case 'select':
        return { ...expr, id, operand: copy(expr.operand) }
      case 'call':
        return { ...expr, id, target: expr.target && copy(expr.target), args: expr.args.map(copy) }
      case 'list':
        return { ...expr, id, elements: expr.elements.map(copy) }
      case 'map':
        return { ...expr, id, entries: expr.entries.map((entry) => copyEntry(entry, copy(entry.key))) }
      case 'struct':
        return { ...expr, id, fields: expr.fields.map((field) => copyEntry(field, field.key)) }
      case 'comprehension':
        return {
          ...expr,
          id,
          range: copy(expr.range),
          accuInit: copy(expr.accuInit),
          condition: copy(expr.condition),
          step: copy(expr.step),
          result: copy(expr.result),
        }
    }
  }
}
