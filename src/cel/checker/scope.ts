// Which declaration a name means: variables of comprehensions, then the environment's, each in all namespaces of the container.
// Source: cel-go common/containers/container.go, checker/env.go.
import type { Expr } from '../ast/expr.ts'
import type { FunctionDeclaration } from '../declarations.ts'
import type { Environment } from '../environment.ts'
import { type CelType, typeOfType } from '../types/cel-type.ts'

export interface FoundIdent {
  readonly name: string
  readonly type: CelType
  /** A variable of a comprehension. */
  readonly local?: boolean
  /** Set if the name is that of a type. */
  readonly value?: CelType
}

/** Full names to try, the most qualified first; a leading dot leaves only the name itself. */
function* candidates(container: string, name: string): Generator<string> {
  if (name.startsWith('.')) return yield name.slice(1)
  for (let prefix = container; prefix !== ''; prefix = prefix.slice(0, Math.max(prefix.lastIndexOf('.'), 0))) yield `${prefix}.${name}`
  yield name
}

/** `a.b.c` if the expression is only names and selections. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name
  if (expr.kind !== 'select' || expr.testOnly) return undefined
  const prefix = qualifiedName(expr.operand)
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`
}

export class Scope {
  readonly #environment: Environment
  readonly #parent: Scope | undefined
  readonly #locals: ReadonlyMap<string, CelType>

  constructor(environment: Environment, locals: ReadonlyMap<string, CelType> = new Map(), parent?: Scope) {
    this.#environment = environment
    this.#locals = locals
    this.#parent = parent
  }

  /** With variables that hide others. */
  inner(locals: Iterable<readonly [string, CelType]>): Scope {
    return new Scope(this.#environment, new Map(locals), this)
  }

  get container(): string {
    return this.#environment.container
  }

  findIdent(name: string): FoundIdent | undefined {
    const local = name.startsWith('.') ? undefined : this.#local(name)
    if (local) return { name, type: local, local: true }
    for (const candidate of candidates(this.container, name)) {
      const variable = this.#environment.variable(candidate)
      if (variable) return { name: candidate, type: variable }
      const type = this.#environment.type(candidate)
      if (type) return { name: candidate, type: typeOfType(type), value: type }
    }
    return undefined
  }

  findFunction(name: string): FunctionDeclaration | undefined {
    for (const candidate of candidates(this.container, name)) {
      const found = this.#environment.function(candidate)
      if (found) return found
    }
    return undefined
  }

  /** Whether the first part of a qualified name is a comprehension's variable, which hides all longer names. */
  isLocal(name: string): boolean {
    const dot = name.indexOf('.')
    return this.#local(dot < 0 ? name : name.slice(0, dot)) !== undefined
  }

  #local(name: string): CelType | undefined {
    return this.#locals.get(name) ?? (this.#parent && this.#parent.#local(name))
  }
}
