// Which fields differ between two objects. Source: structured-merge-diff typed/compare.go.
import { getMember, isObject, jsonEqual } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { emptySet, type FieldSet, leaf, NodeBuilder } from './field-set.ts'
import { indexElements } from './list-elements.ts'
import { fieldElement } from './path-element.ts'
import type { ListType, MapType, TypeNode } from './type-node.ts'
import { kindFor, memberType } from './type-view.ts'
import { whole } from './whole.ts'

export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** The difference at one node; undefined members hold nothing. */
interface Difference {
  readonly added?: FieldSet | undefined
  readonly modified?: FieldSet | undefined
  readonly removed?: FieldSet | undefined
}

const modifiedLeaf: Difference = { modified: leaf }

class Differences {
  readonly #added = new NodeBuilder(false)
  readonly #modified: NodeBuilder
  readonly #removed = new NodeBuilder(false)
  #any: boolean

  /** @param modified whether the node itself is modified */
  constructor(modified = false) {
    this.#modified = new NodeBuilder(modified)
    this.#any = modified
  }

  add(element: string, difference: Difference | undefined): void {
    if (!difference) return
    this.#any = true
    this.#added.add(element, difference.added)
    this.#modified.add(element, difference.modified)
    this.#removed.add(element, difference.removed)
  }

  build(): Difference | undefined {
    return this.#any ? { added: this.#added.build(), modified: this.#modified.build(), removed: this.#removed.build() } : undefined
  }
}

const isEmptyMap = (value: JsonValue) => !isObject(value) || Object.keys(value).length === 0
const isEmptyList = (value: JsonValue) => !Array.isArray(value) || value.length === 0
const leafDifference = (left: JsonValue, right: JsonValue) => (jsonEqual(left, right) ? undefined : modifiedLeaf)

/** @returns undefined when the two say the same */
export function difference(node: TypeNode, left: JsonValue | undefined, right: JsonValue | undefined): Difference | undefined {
  if (left === right) return undefined
  if (left === undefined) return { added: whole(node, right!) }
  if (right === undefined) return { removed: whole(node, left) }
  const kind = kindFor(node, right)
  if (kind !== kindFor(node, left)) return otherKind(node, left, right)
  if (kind === 'map') return mapDifference(node.map!, left, right)
  return kind === 'list' ? listDifference(node.list!, left, right) : leafDifference(left, right)
}

function mapDifference(map: MapType, left: JsonValue, right: JsonValue): Difference | undefined {
  if (map.atomic || (isEmptyMap(left) && isEmptyMap(right))) return leafDifference(left, right)
  return members(map, isObject(left) ? left : {}, isObject(right) ? right : {}).build()
}

function members(map: MapType, left: JsonObject, right: JsonObject, modified = false): Differences {
  const result = new Differences(modified)
  for (const key of Object.keys(left)) {
    const other = getMember(right, key)
    if (left[key] !== other) result.add(fieldElement(key), difference(memberType(map, key), left[key], other))
  }
  for (const key of Object.keys(right)) {
    if (!Object.hasOwn(left, key)) result.add(fieldElement(key), difference(memberType(map, key), undefined, right[key]))
  }
  return result
}

function listDifference(list: ListType, left: JsonValue, right: JsonValue): Difference | undefined {
  if (list.atomic || (isEmptyList(left) && isEmptyList(right))) return leafDifference(left, right)
  return elements(list, Array.isArray(left) ? left : [], Array.isArray(right) ? right : []).build()
}

function elements(list: ListType, left: readonly JsonValue[], right: readonly JsonValue[]): Differences {
  const result = new Differences()
  const before = indexElements(list, left)
  const after = indexElements(list, right)
  const type = list.element()
  for (const [element, values] of before) result.add(element, elementDifference(type, values, after.get(element) ?? []))
  for (const [element, values] of after) {
    if (!before.has(element)) result.add(element, elementDifference(type, [], values))
  }
  return result
}

/** An element that occurs more than once is compared as a whole and has no fields: they come and go with its being the only one. */
function elementDifference(type: TypeNode, left: readonly JsonValue[], right: readonly JsonValue[]): Difference | undefined {
  if (left.length > 1 && right.length > 1) return jsonEqual([...left], [...right]) ? undefined : modifiedLeaf
  if (left.length > 1) return { removed: leaf, added: right.length > 0 ? whole(type, right[0]!) : undefined }
  if (right.length > 1) return { added: leaf, removed: left.length > 0 ? whole(type, left[0]!) : undefined }
  return difference(type, left[0], right[0])
}

/** A value of an untyped field that became one of another kind: the field is modified, what was below it goes, what is now comes. */
function otherKind(node: TypeNode, left: JsonValue, right: JsonValue): Difference | undefined {
  const below = (value: JsonValue) => (isObject(value) ? value : {})
  if (!node.map || node.map.atomic) return modifiedLeaf
  return members(node.map, below(left), below(right), true).build()
}

/** @param left the object before @param right the object after */
export function compare(node: TypeNode, left: JsonObject, right: JsonObject): Comparison {
  const { added = emptySet, modified = emptySet, removed = emptySet } = difference(node, left, right) ?? {}
  return { added, modified, removed }
}
