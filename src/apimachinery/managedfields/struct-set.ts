// The set of all fields of a struct, by code generated from its type: one load and one store a field, at places of their own, so that the
// engine knows the shape of each. What whole.ts finds out anew for every value (order, kind, path elements) is found out once here.
import { leaf, type FieldSet } from './field-set.ts'
import { generatedConstructor } from '../generated-constructor.ts'
import type { JsonObject } from '../json-value.ts'
import type { FieldType, StructSet, TypeNode, Whole } from './type-node.ts'

/** Says that a value has other members than its type has fields. */
const others: FieldSet = {}

/** Merged whole, whatever the value is. */
const isLeaf = ({ scalar, map, list }: TypeNode) => (scalar && !map && !list) || ((map?.atomic ?? true) && (list?.atomic ?? true))

/** @param fields by name */
export function structSet(fields: ReadonlyMap<string, FieldType>): StructSet {
  const names = [...fields.keys()].sort()
  const types = names.map((name) => () => fields.get(name)!.type())
  const source = `
    const { types, leaf, isLeaf, others } = runtime
    ${names.map((_, index) => `let t${index}, s${index}`).join('\n')}
    function Members(v, whole) {
      this['.'] = leaf
      let n = 0, k = 0, m
      ${names.map((name, index) => fieldCode(JSON.stringify(name), JSON.stringify(`f:${name}`), index)).join('\n')}
      for (const key in v) k++
      if (k !== n) return others
      if (n === 0) return leaf
    }
    return Members`
  const Members = generatedConstructor({ types, leaf, isLeaf, others }, source) as new (value: JsonObject, whole: Whole) => FieldSet
  return (value, whole) => {
    const set = new Members(value, whole)
    return set === others ? undefined : set
  }
}

function fieldCode(name: string, element: string, index: number): string {
  const type = `(t${index} ??= types[${index}]())`
  return `m = v[${name}]; if (m !== undefined) { n++; this[${element}] = (s${index} ??= isLeaf(${type})) ? leaf : whole(t${index}, m) }`
}
