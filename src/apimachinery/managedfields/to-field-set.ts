// The fields that a configuration states. Source: structured-merge-diff typed/tofieldset.go, fieldpath/set.go.
import { isObject } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { emptySet, type FieldSet, isEmptySet, leaf, NodeBuilder } from './field-set.ts'
import { indexElements } from './list-elements.ts'
import { fieldElement } from './path-element.ts'
import type { TypeNode } from './type-node.ts'
import { kindFor, memberType } from './type-view.ts'

/** @param member whether the node is a member whatever it holds */
function nodeOf(type: TypeNode, value: JsonValue, member: boolean): FieldSet | undefined {
  const kind = kindFor(type, value)
  const result = new NodeBuilder(member)
  if (kind === 'scalar') return leaf
  if (kind === 'map') {
    if (type.map!.atomic) return leaf
    if (isObject(value)) {
      for (const key of Object.keys(value)) {
        const child = value[key]!
        const named = type.map!.field(key) !== undefined && child !== null && !(isObject(child) && Object.keys(child).length === 0)
        result.add(fieldElement(key), nodeOf(memberType(type.map!, key), child, !named))
      }
    }
  } else {
    if (type.list!.atomic) return leaf
    if (Array.isArray(value)) {
      const element = type.list!.element()
      for (const [key, values] of indexElements(type.list!, value)) result.add(key, values.length > 1 ? leaf : nodeOf(element, values[0]!, true))
    }
  }
  return result.build()
}

/** Every leaf, and every element and member that is no named field; structs count only through their fields. */
export const toFieldSet = (type: TypeNode, object: JsonObject): FieldSet => nodeOf(type, object, false) ?? emptySet

/** The set with the named fields above its paths as members too, which are otherwise left out. */
export function withNamedFields(set: FieldSet, type: TypeNode | undefined): FieldSet {
  const result = new NodeBuilder(false)
  for (const element of Object.keys(set)) {
    if (element === '.') continue
    const isField = element.startsWith('f:')
    const named = isField && type?.map?.field(element.slice(2)) !== undefined
    const childType = isField ? type?.map && memberType(type.map, element.slice(2)) : element.startsWith('k:') ? type?.list?.element() : undefined
    const node = set[element]!
    if (isEmptySet(node)) result.add(element, leaf)
    else {
      const inner = withNamedFields(node, childType)
      result.add(element, named || Object.hasOwn(node, '.') ? { '.': leaf, ...inner } : inner)
    }
  }
  return result.build() ?? emptySet
}
