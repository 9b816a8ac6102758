// Values that only functions look into, and how the functions of a library are declared.
import type { FunctionDeclaration, Overload } from '../../declarations.ts'
import type { CelType } from '../../types/cel-type.ts'
import { CelError, CelObject, type CelValue } from '../../values/value.ts'

/** A value of an opaque type: something of JavaScript's, with the equality that it has. */
export class Opaque<T> extends CelObject {
  readonly type: CelType
  readonly value: T
  readonly #same: (a: T, b: T) => boolean

  constructor(type: CelType, value: T, same: (a: T, b: T) => boolean) {
    super()
    this.type = type
    this.value = value
    this.#same = same
  }

  override equals(other: CelObject): boolean {
    return other instanceof Opaque && other.type.name === this.type.name && this.#same(this.value, other.value as T)
  }
}

/** A constructor of values of a type, and the way back. @param same whether `==` */
export function opaque<T>(type: CelType, same: (a: T, b: T) => boolean) {
  return {
    of: (value: T) => new Opaque(type, value, same),
    /** @throws {CelError} for a value of another type, which only expressions with dyn can bring */
    value: (given: CelValue | undefined): T => {
      if (given instanceof Opaque && given.type.name === type.name) return given.value as T
      throw new CelError('no such overload')
    },
  }
}

/** @throws {CelError} */
export function textOf(value: CelValue | undefined): string {
  if (typeof value === 'string') return value
  throw new CelError('no such overload')
}

type Evaluate = NonNullable<Overload['evaluate']>

/** `name(args)`. */
export const global = (id: string, args: readonly CelType[], result: CelType, evaluate: Evaluate): Overload => ({ id, args, result, evaluate })
/** `target.name(args)`; the target is the first of `args`. */
export const member = (id: string, args: readonly CelType[], result: CelType, evaluate: Evaluate): Overload => ({ id, member: true, args, result, evaluate })

export const functions = (declared: Readonly<Record<string, readonly Overload[]>>): readonly FunctionDeclaration[] =>
  Object.entries(declared).map(([name, overloads]) => ({ name, overloads }))
