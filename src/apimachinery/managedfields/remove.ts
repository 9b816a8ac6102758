// An object without some of its fields. Source: structured-merge-diff typed/remove.go.
import { isObject, setMember } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { below, type FieldSet, hasElement } from './field-set.ts'
import { listElement } from './list-elements.ts'
import { fieldElement } from './path-element.ts'
import type { TypeNode } from './type-node.ts'
import { kindFor, memberType } from './type-view.ts'

/** @returns undefined when nothing is left */
function removeFrom(type: TypeNode, value: JsonValue, set: FieldSet): JsonValue | undefined {
  const kind = kindFor(type, value)
  if (kind === 'scalar') return value
  if (kind === 'list') {
    if (!Array.isArray(value) || type.list!.atomic) return undefined
    const element = type.list!.element()
    const kept = value.flatMap((item) => {
      const found = listElement(type.list!, item)
      if (!('element' in found)) return [item]
      if (hasElement(set, found.element)) return []
      const inner = below(set, found.element)
      return inner ? [removeFrom(element, item, inner) ?? null] : [item]
    })
    return kept.length > 0 ? kept : undefined
  }
  if (!isObject(value) || type.map!.atomic) return undefined
  const kept: JsonObject = {}
  for (const key of Object.keys(value)) {
    const element = fieldElement(key)
    if (hasElement(set, element)) continue
    const inner = below(set, element)
    // Nothing left of a member that stays is null: for typed objects the same as absent, for the rest not.
    setMember(kept, key, inner ? (removeFrom(memberType(type.map!, key), value[key]!, inner) ?? null) : value[key]!)
  }
  return Object.keys(kept).length > 0 ? kept : undefined
}

export const removeItems = (type: TypeNode, object: JsonObject, set: FieldSet): JsonObject => (removeFrom(type, object, set) as JsonObject | undefined) ?? {}
