// A set of field paths in the very form that FieldsV1 has on the wire, so that sets which no change touches need neither reading
// nor writing: {"f:data":{".":{},"f:a":{}}} holds .data and .data.a. A node without children is a member; a node with children is
// a member only if it has ".". The root is never a member. Nothing here changes its arguments; results share what they can.
// Source: structured-merge-diff fieldpath/set.go, serialize.go.
import type { JsonObject, JsonValue } from '../json-value.ts'
import { isObject } from '../json-equal.ts'
import { comparePathElements, pathElementOrder, type PathElement, readPathElement } from './path-element.ts'

export type FieldSet = { readonly [element: PathElement]: FieldSet }

const self = '.'
const any = '*'
export const emptySet: FieldSet = Object.freeze({})
/** A node that is just a member. */
export const leaf: FieldSet = emptySet

export const isEmptySet = (set: FieldSet | undefined) => {
  for (const _ in set) return false
  return true
}

const isMember = (node: FieldSet) => isEmptySet(node) || Object.hasOwn(node, self)
const child = (node: FieldSet | undefined, element: PathElement): FieldSet | undefined =>
  node !== undefined && Object.hasOwn(node, element) ? node[element] : undefined

/** Builds a node; keys need not be in order (see {@link sortSet}). */
export class NodeBuilder {
  readonly #member: boolean
  #node: Record<PathElement, FieldSet> | undefined

  /** @param member whether the node itself is a member */
  constructor(member: boolean) {
    this.#member = member
  }

  add(element: PathElement, node: FieldSet | undefined): void {
    if (node === undefined) return
    this.#node ??= this.#member ? { [self]: leaf } : {}
    this.#node[element] = node
  }

  /** @returns undefined when the node would hold nothing */
  build(): FieldSet | undefined {
    return this.#node ?? (this.#member ? leaf : undefined)
  }
}

/** What a node holds of `a` and `b` together. */
export function unionOfNodes(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (a === b) return a
  const result = new NodeBuilder(isMember(a) || isMember(b))
  for (const element of Object.keys(a)) if (element !== self) result.add(element, unionOfNodes(a[element], child(b, element)))
  for (const element of Object.keys(b)) if (element !== self && !Object.hasOwn(a, element)) result.add(element, b[element])
  return result.build()
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b
  if (isEmptySet(b)) return a
  const result = new NodeBuilder(false)
  for (const element of Object.keys(a)) result.add(element, unionOfNodes(a[element], child(b, element)))
  for (const element of Object.keys(b)) if (!Object.hasOwn(a, element)) result.add(element, b[element])
  return result.build() ?? emptySet
}

function differenceNodes(a: FieldSet, b: FieldSet | undefined): FieldSet | undefined {
  if (b === undefined) return a
  const wasMember = isMember(a)
  const member = wasMember && !isMember(b)
  const result = new NodeBuilder(member)
  let changed = member !== wasMember
  for (const element of Object.keys(a)) {
    if (element === self) continue
    const kept = differenceNodes(a[element]!, child(b, element))
    changed ||= kept !== a[element]
    result.add(element, kept)
  }
  return changed ? result.build() : a
}

/** The paths of `a` that are not in `b`; those below a path of `b` stay. @returns `a` itself when nothing goes */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const result = new NodeBuilder(false)
  let changed = false
  for (const element of Object.keys(a)) {
    const kept = differenceNodes(a[element]!, child(b, element))
    changed ||= kept !== a[element]
    result.add(element, kept)
  }
  return changed ? (result.build() ?? emptySet) : a
}

function withoutSubtrees(a: FieldSet, b: FieldSet, member: boolean): FieldSet | undefined {
  const result = new NodeBuilder(member)
  for (const element of Object.keys(a)) {
    if (element === self) continue
    const node = a[element]!
    const removed = child(b, element)
    if (removed === undefined) result.add(element, node)
    else if (!isMember(removed)) result.add(element, withoutSubtrees(node, removed, isMember(node)))
  }
  return result.build()
}

/** The paths of `a` that are neither in `b` nor below a path of `b`. */
export const recursiveDifference = (a: FieldSet, b: FieldSet): FieldSet => (isEmptySet(b) ? a : (withoutSubtrees(a, b, false) ?? emptySet))

function intersectNodes(a: FieldSet, b: FieldSet | undefined): FieldSet | undefined {
  if (b === undefined) return undefined
  const result = new NodeBuilder(isMember(a) && isMember(b))
  for (const element of Object.keys(a)) if (element !== self) result.add(element, intersectNodes(a[element]!, child(b, element)))
  return result.build()
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result = new NodeBuilder(false)
  for (const element of Object.keys(a)) result.add(element, intersectNodes(a[element]!, child(b, element)))
  return result.build() ?? emptySet
}

/** The paths of `a` on the way to those of `pattern`, and below them; an element `*` of the pattern is any. Undefined: there are none. */
export function matching(a: FieldSet, pattern: FieldSet, member = false): FieldSet | undefined {
  const result = new NodeBuilder(member)
  for (const element of Object.keys(a)) {
    if (element === self) continue
    const node = a[element]!
    const next = child(pattern, element) ?? child(pattern, any)
    if (next !== undefined) result.add(element, isEmptySet(next) ? node : matching(node, next, isMember(node)))
  }
  return result.build()
}

/** The paths below `element`, without it; undefined when there are none. */
export function below(set: FieldSet, element: PathElement): FieldSet | undefined {
  const node = child(set, element)
  return node === undefined || isEmptySet(node) ? undefined : node
}

export function hasElement(set: FieldSet, element: PathElement): boolean {
  const node = child(set, element)
  return node !== undefined && isMember(node)
}

export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set
  for (const element of path) node = child(node, element)
  return path.length > 0 && node !== undefined && isMember(node)
}

/** Every path, those of a node before those of its children. */
export function* paths(set: FieldSet, prefix: readonly PathElement[] = []): Generator<readonly PathElement[]> {
  const elements = Object.keys(set).filter((element) => element !== self)
  for (const element of elements) if (isMember(set[element]!)) yield [...prefix, element]
  for (const element of elements) yield* paths(set[element]!, [...prefix, element])
}

/** A set of member paths, each a list of field names; `*` is for {@link matching}. */
export function setOfFields(fields: readonly (readonly string[])[]): FieldSet {
  const nodeAt = (rest: readonly string[], node: FieldSet): FieldSet => {
    if (rest.length === 0) return node
    return { [rest[0] === any ? any : `f:${rest[0]!}`]: nodeAt(rest.slice(1), node) }
  }
  return fields.reduce<FieldSet>((set, path) => union(set, nodeAt(path, leaf)), emptySet)
}

function isSorted(elements: readonly PathElement[]): boolean {
  for (let index = 1; index < elements.length; index++) {
    if (elements[index] === self || (elements[index - 1] !== self && comparePathElements(elements[index - 1]!, elements[index]!) > 0)) return false
  }
  return true
}

/** The same set with elements in the order of the wire. @returns `set` itself when it is sorted */
export function sortSet(set: FieldSet): FieldSet {
  const elements = Object.keys(set)
  let changed = !isSorted(elements)
  const order = pathElementOrder(elements.length)
  if (changed) elements.sort((a, b) => (a === self ? -1 : b === self ? 1 : order(a, b)))
  const children = elements.map((element) => {
    const sorted = sortSet(set[element]!)
    changed ||= sorted !== set[element]
    return [element, sorted] as const
  })
  if (!changed) return set
  const result: Record<PathElement, FieldSet> = {}
  for (const [element, node] of children) result[element] = node
  return result
}

/**
 * A set that a client wrote, in canonical form; unknown kinds of elements are dropped.
 * @throws {SyntaxError} when it is malformed
 */
export function readSet(fields: JsonValue | undefined): FieldSet {
  if (fields === undefined || fields === null) return emptySet
  if (!isObject(fields)) throw new SyntaxError('not an object')
  return sortSet(readNode(fields, false) ?? emptySet)
}

function readNode(fields: JsonObject, member: boolean): FieldSet | undefined {
  const result = new NodeBuilder(member)
  for (const key of Object.keys(fields)) {
    if (key === self) continue
    const element = readPathElement(key)
    const value = fields[key]!
    if (!isObject(value)) throw new SyntaxError(`not an object: ${key}`)
    if (element !== undefined) result.add(element, readNode(value, Object.hasOwn(value, self) || Object.keys(value).length === 0))
  }
  return result.build()
}
