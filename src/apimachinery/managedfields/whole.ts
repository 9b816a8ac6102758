// All fields of a value, containers included: what appears or goes with it. Source: structured-merge-diff typed/compare.go.
import { isObject } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { type FieldSet, leaf, NodeBuilder } from './field-set.ts'
import { elementOf } from './list-elements.ts'
import { fieldElement, type PathElement, pathElementOrder } from './path-element.ts'
import type { ListType, MapType, TypeNode } from './type-node.ts'
import { deduced, kindFor } from './type-view.ts'

/** A node with every field of a value, the node itself included. Elements in the order of the wire. */
export function whole(node: TypeNode, value: JsonValue): FieldSet {
  const kind = kindFor(node, value)
  if (kind === 'map') return node.map!.atomic || !isObject(value) ? leaf : wholeMap(node.map!, value)
  if (kind === 'list') return node.list!.atomic || !Array.isArray(value) ? leaf : elementsOf(node.list!, value, true)!
  return leaf
}

function wholeMap(map: MapType, value: JsonObject): FieldSet {
  const generated = map.wholeSet?.(value, whole)
  if (generated) return generated
  const result = new NodeBuilder(true)
  for (const key of Object.keys(value).sort()) {
    const field = map.field(key)
    result.add(field?.pathElement ?? fieldElement(key), whole(field?.type() ?? map.element() ?? deduced, value[key]!))
  }
  return result.build()!
}

/**
 * The elements of a merged list, each whole.
 * @param member whether the list itself is a member, too
 * @returns undefined when nothing is
 */
export function elementsOf(list: ListType, values: readonly JsonValue[], member: boolean): FieldSet | undefined {
  const type = list.element()
  const found: [element: PathElement, value: JsonValue][] = []
  for (const value of values) {
    const element = elementOf(list, value)
    if (element !== undefined) found.push([element, value])
  }
  const order = pathElementOrder(found.length)
  if (found.length > 1) found.sort(([a], [b]) => order(a, b))
  const result = new NodeBuilder(member)
  for (let at = 0; at < found.length; at++) {
    const [element, value] = found[at]!
    // Elements that cannot be told apart are owned as one, without what is in them.
    if (found[at + 1]?.[0] === element) {
      while (found[at + 1]?.[0] === element) at++
      result.add(element, leaf)
    } else result.add(element, whole(type, value))
  }
  return result.build()
}
