// What expressions may use. An environment never changes; `extend` gives a larger one and shares what it has.
// Source: cel-go cel/env.go.
import type { AstValidator, CallCosts, FunctionDeclaration, Library, TypeProvider, VariableDeclaration } from './declarations.ts'
import type { Macro } from './parser/macro.ts'
import type { CelType } from './types/cel-type.ts'

/** Switches of the language. */
export interface Features {
  /** `a.?b`, `a[?k]`, `{?k: v}`. */
  readonly optionalSyntax: boolean
  /** `1 < 1.5` compiles. */
  readonly crossTypeNumericComparisons: boolean
  /** `[1, 'a']` and maps of different values do not compile. */
  readonly homogeneousAggregateLiterals: boolean
  /** ``a.`b-c` `` selects the field `b-c`. Not in Kubernetes. */
  readonly escapedIdentifiers: boolean
  /** `has(1.x)` and `1.?x` are errors rather than false and none. Not in Kubernetes. */
  readonly errorOnBadPresenceTest: boolean
  /** `has(x.y)` costs one unit. */
  readonly presenceTestHasCost: boolean
}

export interface EnvironmentOptions {
  readonly libraries?: readonly Library[]
  readonly variables?: readonly VariableDeclaration[]
  readonly functions?: readonly FunctionDeclaration[]
  readonly macros?: readonly Macro[]
  readonly types?: readonly CelType[]
  readonly validators?: readonly AstValidator[]
  readonly typeProviders?: readonly TypeProvider[]
  readonly callCosts?: CallCosts
  /** Names are looked up in this namespace first. */
  readonly container?: string
  readonly features?: Partial<Features>
}

const noFeatures: Features = {
  optionalSyntax: false,
  crossTypeNumericComparisons: false,
  homogeneousAggregateLiterals: false,
  escapedIdentifiers: false,
  errorOnBadPresenceTest: false,
  presenceTestHasCost: true,
}

export class Environment {
  readonly container: string
  readonly features: Features
  readonly callCosts: readonly CallCosts[]
  readonly validators: readonly AstValidator[]
  readonly typeProviders: readonly TypeProvider[]
  readonly #parent: Environment | undefined
  readonly #variables: ReadonlyMap<string, CelType>
  readonly #types: ReadonlyMap<string, CelType>
  readonly #functions = new Map<string, FunctionDeclaration>()
  readonly #macros: ReadonlyMap<string, Macro>
  /** Those of what it extends among them. */
  readonly #macroNames: ReadonlySet<string>

  /**
   * @param parent what it extends; later declarations of a variable or macro hide earlier ones, overloads of a function add up
   * @throws {Error} if two different overloads of a function have the same id
   */
  constructor(options: EnvironmentOptions, parent?: Environment) {
    const parts: EnvironmentOptions[] = [...(options.libraries ?? []), options]
    this.#parent = parent
    this.container = options.container ?? parent?.container ?? ''
    this.features = { ...(parent?.features ?? noFeatures), ...options.features }
    this.callCosts = [...(options.callCosts ? [options.callCosts] : []), ...(parent?.callCosts ?? [])]
    this.typeProviders = [...(options.typeProviders ?? []), ...(parent?.typeProviders ?? [])]
    this.validators = [...new Set([...(parent?.validators ?? []), ...parts.flatMap((part) => part.validators ?? [])])]
    this.#variables = new Map(parts.flatMap((part) => part.variables ?? []).map(({ name, type }) => [name, type]))
    this.#types = new Map(parts.flatMap((part) => part.types ?? []).map((type) => [type.name, type]))
    this.#macros = new Map(parts.flatMap((part) => part.macros ?? []).map((macro) => [macroKey(macro), macro]))
    this.#macroNames = new Set([...(parent ? parent.#macroNames : []), ...[...this.#macros.values()].map(({ name }) => name)])
    for (const added of parts.flatMap((part) => part.functions ?? [])) this.#functions.set(added.name, merge(this.function(added.name), added))
  }

  extend(options: EnvironmentOptions): Environment {
    return new Environment(options, this)
  }

  variable(name: string): CelType | undefined {
    return this.#variables.get(name) ?? this.#parent?.variable(name)
  }

  function(name: string): FunctionDeclaration | undefined {
    return this.#functions.get(name) ?? this.#parent?.function(name)
  }

  /** All functions, those of what it extends first. */
  functions(): readonly FunctionDeclaration[] {
    const names = new Map([...(this.#parent?.functions() ?? []), ...this.#functions.values()].map((declaration) => [declaration.name, declaration]))
    return [...names.values()]
  }

  /** All types that were declared. */
  types(): readonly CelType[] {
    return [...(this.#parent?.types() ?? []), ...this.#types.values()]
  }

  /** A type by its full name: declared here, or known to a provider. */
  type(name: string): CelType | undefined {
    const declared = this.#declaredType(name)
    if (declared) return declared
    for (const provider of this.typeProviders) {
      const found = provider.findType(name)
      if (found) return found
    }
    return undefined
  }

  macro(name: string, member: boolean, argCount: number): Macro | undefined {
    // Every operator is a call: most of them are told by their names.
    if (!this.#macroNames.has(name)) return undefined
    return (
      this.#macros.get(macroKey({ name, member, argCount })) ??
      this.#macros.get(macroKey({ name, member, argCount: 'any' })) ??
      this.#parent?.macro(name, member, argCount)
    )
  }

  #declaredType(name: string): CelType | undefined {
    return this.#types.get(name) ?? (this.#parent && this.#parent.#declaredType(name))
  }
}

const macroKey = ({ name, member, argCount }: Pick<Macro, 'name' | 'member' | 'argCount'>) => `${name}:${argCount}:${member}`

function merge(known: FunctionDeclaration | undefined, added: FunctionDeclaration): FunctionDeclaration {
  if (!known) return added
  const overloads = [...known.overloads]
  for (const overload of added.overloads) {
    const at = overloads.findIndex(({ id }) => id === overload.id)
    if (at < 0) overloads.push(overload)
    else if (overloads[at] !== overload) throw new Error(`overload ${overload.id} of ${added.name} is declared twice`)
  }
  const evaluate = added.evaluate ?? known.evaluate
  return { name: known.name, overloads, ...(evaluate && { evaluate }) }
}
