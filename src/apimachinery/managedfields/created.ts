// What the creator of an object owns: all that the object says and an empty one does not. The same as comparing the two (see
// compare.ts), but in one walk and already in the order of the wire, for this is what nearly every create needs.
import { getMember, isObject } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { difference } from './compare.ts'
import { emptySet, type FieldSet, NodeBuilder, sortSet, unionOfNodes } from './field-set.ts'
import { fieldElement } from './path-element.ts'
import type { TypeNode } from './type-node.ts'
import { deduced } from './type-view.ts'
import { elementsOf, whole } from './whole.ts'

function added(node: TypeNode, empty: JsonValue | undefined, value: JsonValue): FieldSet | undefined {
  if (empty === value) return undefined
  if (empty === undefined) return whole(node, value)
  const { map, list } = node
  if (map && !map.atomic && isObject(empty) && isObject(value)) {
    const result = new NodeBuilder(false)
    for (const key of Object.keys(value).sort()) {
      const field = map.field(key)
      result.add(field?.pathElement ?? fieldElement(key), added(field?.type() ?? map.element() ?? deduced, getMember(empty, key), value[key]!))
    }
    return result.build()
  }
  if (list && !list.atomic && empty === null && Array.isArray(value) && value.length > 0) return elementsOf(list, value, false)
  const changed = difference(node, empty, value)
  const set = unionOfNodes(changed?.modified, changed?.added)
  return set && sortSet(set)
}

/** @param empty what Go writes for an object of the type without content */
export const ownedByCreator = (node: TypeNode, empty: JsonObject, object: JsonObject): FieldSet => added(node, empty, object) ?? emptySet
