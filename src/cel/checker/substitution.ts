// What type variables stand for, and which types fit which. Source: cel-go checker/{types,mapping}.go.
import { CelType, dynType } from '../types/cel-type.ts'

export const isDynOrError = ({ kind }: CelType) => kind === 'dyn' || kind === 'any' || kind === 'error'
export const isDyn = ({ kind }: CelType) => kind === 'dyn' || kind === 'any'

/** Kinds that null fits, and that fit null: a relict of protobuf. */
const nullable: ReadonlySet<CelType['kind']> = new Set(['opaque', 'object', 'duration', 'timestamp', 'any'])

/** Whether two types are the same, down to the names of type variables. */
export function isSameType(a: CelType, b: CelType): boolean {
  return (
    a === b ||
    (a.kind === b.kind &&
      a.name === b.name &&
      a.parameters.length === b.parameters.length &&
      a.parameters.every((parameter, i) => isSameType(parameter, b.parameters[i]!)))
  )
}

function isEqualOrLessSpecific(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === 'param') return true
  if (isDyn(b) || b.kind === 'param') return false
  if (a.kind !== b.kind) return b.kind === 'null' && nullable.has(a.kind)
  if (a.kind === 'type') return true
  if (a.kind !== 'opaque' && a.kind !== 'list' && a.kind !== 'map') return isSameType(a, b)
  return a.name === b.name && a.parameters.length === b.parameters.length && a.parameters.every((p, i) => isEqualOrLessSpecific(p, b.parameters[i]!))
}

/** Of two types that fit each other the more general one. */
export const mostGeneral = (a: CelType, b: CelType): CelType => (isEqualOrLessSpecific(a, b) ? a : b)

function isNullAssignable(from: CelType, to: CelType): boolean {
  if (from.kind === to.kind) return true
  return from.kind === 'null' ? nullable.has(to.kind) || to.kind === 'wrapper' : nullable.has(from.kind)
}

/** Types of more parts are not followed: `{x: x}` within itself doubles them with every level. */
const weightMax = 10_000

export const bounded = (type: CelType): CelType => (type.weight > weightMax ? dynType : type)

export class Substitution {
  readonly #types = new Map<string, CelType>()
  /** What to restore if a comparison fails: names with their former types. */
  readonly #trail: (readonly [string, CelType | undefined])[] = []

  /** Whether a value of type `from` may be used as `to`; type variables are bound only if so. */
  isAssignable(from: CelType, to: CelType): boolean {
    return this.#attempt(() => this.#assignable(from, to))
  }

  isAssignableList(from: readonly CelType[], to: readonly CelType[]): boolean {
    return this.#attempt(() => this.#assignableList(from, to))
  }

  /** The type with all its variables replaced; free ones by `dyn` if asked for. */
  resolve(type: CelType, freeToDyn: boolean): CelType {
    if (type.kind === 'param') {
      const bound = this.#types.get(type.name)
      if (bound) return this.resolve(bound, freeToDyn)
      return freeToDyn ? dynType : type
    }
    if (type.parameters.length === 0 || type.kind === 'wrapper') return type
    const parameters = type.parameters.map((parameter) => this.resolve(parameter, freeToDyn))
    if (parameters.every((parameter, i) => parameter === type.parameters[i])) return type
    return bounded(new CelType(type.kind, type.name, parameters))
  }

  /** Binds a variable unless it is bound. */
  bindOnce(name: string, make: () => CelType): void {
    if (!this.#types.has(name)) this.#types.set(name, make())
  }

  #attempt(compare: () => boolean): boolean {
    this.#trail.length = 0
    if (compare()) return true
    for (const [name, former] of this.#trail.toReversed()) {
      if (former) this.#types.set(name, former)
      else this.#types.delete(name)
    }
    return false
  }

  #bind(param: CelType, type: CelType): void {
    this.#trail.push([param.name, this.#types.get(param.name)])
    this.#types.set(param.name, type)
  }

  #assignableList(from: readonly CelType[], to: readonly CelType[]): boolean {
    return from.length === to.length && from.every((type, i) => this.#assignable(type, to[i]!))
  }

  #assignable(from: CelType, to: CelType): boolean {
    if (to.kind === 'param') {
      const { valid, bound } = this.#substitutes(from, to)
      if (valid) return true
      if (bound) return false
    }
    if (from.kind === 'param') return this.#substitutes(to, from).valid
    if (isDynOrError(from) || isDynOrError(to)) return true
    if (from.kind === 'null' || to.kind === 'null') return isNullAssignable(from, to)
    switch (from.kind) {
      case 'wrapper':
        return this.#assignable(from.parameters[0]!, to)
      case 'bool':
      case 'bytes':
      case 'double':
      case 'int':
      case 'string':
      case 'uint':
        return to.kind === from.kind || (to.kind === 'wrapper' && to.name === from.name)
      case 'list':
      case 'map':
      case 'opaque':
        return to.kind === from.kind && to.name === from.name && this.#assignableList(from.parameters, to.parameters)
      case 'object':
        return to.kind === 'object' && to.name === from.name
      case 'any':
      case 'dyn':
      case 'duration':
      case 'error':
      case 'timestamp':
      case 'type':
        return to.kind === from.kind
    }
  }

  /** Whether a variable may stand for the type, and whether it already stood for something. */
  #substitutes(type: CelType, param: CelType): { valid: boolean; bound: boolean } {
    if (isSameType(type, param)) return { valid: true, bound: true }
    const current = this.#types.get(param.name)
    if (current) {
      if (isSameType(type, current)) return { valid: true, bound: true }
      if (!this.#assignable(type, current)) return { valid: false, bound: true }
      const general = mostGeneral(type, current)
      if (this.#isFreeOf(param, general)) this.#bind(param, general)
      return { valid: true, bound: true }
    }
    if (!this.#isFreeOf(param, type)) return { valid: false, bound: false }
    this.#bind(param, type)
    return { valid: true, bound: false }
  }

  /** The occurs check: a variable must not stand for a type that contains it. */
  #isFreeOf(param: CelType, type: CelType): boolean {
    if (isSameType(param, type)) return false
    if (type.kind === 'param') {
      const bound = this.#types.get(type.name)
      return bound === undefined || this.#isFreeOf(param, bound)
    }
    return type.parameters.every((parameter) => this.#isFreeOf(param, parameter))
  }
}
