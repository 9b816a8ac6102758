// Arithmetic on lists of amounts. Source: k8s.io/apiserver pkg/quota/v1/resources.go.
import { type Quantity, newQuantity, zeroQuantity } from '../../apimachinery/quantity/quantity.ts'
import type { Quantities, ReadonlyQuantities } from '../core/pod-quantities.ts'

export const one = newQuantity(1)

export function sum(a: ReadonlyQuantities, b: ReadonlyQuantities): Quantities {
  const total = new Map(a)
  for (const [name, quantity] of b) total.set(name, total.get(name)?.add(quantity) ?? quantity)
  return total
}

/** a - b, never below zero; what only b has is zero. */
export function differenceOrZero(a: ReadonlyQuantities, b: ReadonlyQuantities): Quantities {
  const left = new Map(a)
  for (const [name, quantity] of b) {
    const rest = (left.get(name) ?? zeroQuantity).sub(quantity)
    left.set(name, rest.sign < 0 ? zeroQuantity : rest)
  }
  return left
}

const only = (list: ReadonlyQuantities, keep: (name: string, quantity: Quantity) => boolean): Quantities =>
  new Map([...list].filter(([name, quantity]) => keep(name, quantity)))

export const masked = (list: ReadonlyQuantities, names: Iterable<string>): Quantities => {
  const wanted = new Set(names)
  return only(list, (name) => wanted.has(name))
}

export const withoutZeros = (list: ReadonlyQuantities): Quantities => only(list, (_, quantity) => !quantity.isZero())

export const negativeNames = (list: ReadonlyQuantities): string[] => [...only(list, (_, quantity) => quantity.sign < 0).keys()]

/** Names whose amount is more than the limit; what has no limit is not exceeded. */
export const exceededNames = (list: ReadonlyQuantities, limits: ReadonlyQuantities): string[] => [
  ...only(list, (name, quantity) => quantity.compare(limits.get(name) ?? quantity) > 0).keys(),
]

export const equalLists = (a: ReadonlyQuantities, b: ReadonlyQuantities): boolean =>
  a.size === b.size && [...a].every(([name, quantity]) => b.get(name)?.equals(quantity) ?? false)

/** As messages print it: `cpu=1,pods=2`. */
export const formatList = (list: ReadonlyQuantities): string =>
  [...list.keys()]
    .toSorted()
    .map((name) => `${name}=${list.get(name)!.toString()}`)
    .join(',')

export const toObject = (list: ReadonlyQuantities): { [name: string]: string } =>
  Object.fromEntries([...list].map(([name, quantity]) => [name, quantity.toString()]))
