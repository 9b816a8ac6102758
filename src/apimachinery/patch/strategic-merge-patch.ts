// Strategic merge patch: a merge patch that knows, from the schema, which lists are sets and which are maps, and that carries
// directives: `$patch: replace|delete` in a map or in an element of a list, `$retainKeys`, `$deleteFromPrimitiveList/<list>`,
// `$setElementOrder/<list>`. Source: k8s.io/apimachinery pkg/util/strategicpatch/patch.go (Kubernetes 1.36); same results and
// errors; differs: nothing is changed in place, and where Go's result hangs on the random order of a map, deletions come first.
import { ApiError } from '../api-error.ts'
import { goPrint } from '../go-quote.ts'
import { getMember, isObject, mapMembers, setMember } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { withinMaxDepth } from '../max-depth.ts'
import type { Schema } from '../schema.ts'
import { identity, mergeKeyOf, orderElements, orderLeft } from './element-order.ts'
import { kindOfJson } from './kind-of-json.ts'
import { type PatchMember, PatchSchema, type PatchType } from './patch-type.ts'
import { rejected } from './rejected.ts'
import { badDeletionList, badDirective, badElementOrder, badRetainKeys, badType, strategicError } from './strategic-errors.ts'

const directiveKey = '$patch'
const retainKeysKey = '$retainKeys'
/** Of keys that go on with `/` and the name of the list. */
const deleteListPrefix = '$deleteFromPrimitiveList'
const elementOrderPrefix = '$setElementOrder'

/** A new value without maps that are directives, and without null members. */
function withoutDirectives(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined)
  if (!isObject(value)) return value
  if (Object.hasOwn(value, directiveKey)) return undefined
  const result: JsonObject = {}
  for (const key of Object.keys(value)) {
    const member = value[key] === null ? undefined : withoutDirectives(value[key]!)
    if (member !== undefined) setMember(result, key, member)
  }
  return result
}

function setOrDelete(object: JsonObject, key: string, value: JsonValue | undefined): void {
  if (value === undefined) delete object[key]
  else setMember(object, key, value)
}

/** The elements' common kind. */
function elementKind(...lists: JsonValue[][]): 'map' | 'scalar' {
  const kinds = new Set(lists.flat().map((element) => kindOfJson(element)))
  const [kind] = kinds
  if (kind === undefined) throw strategicError('no elements in any of the given slices')
  if (kind === 'array') throw rejected()
  if (kinds.size > 1) throw strategicError(`list element types are not identical: ${goPrint(lists)}`)
  return kind === 'object' ? 'map' : 'scalar'
}

class Merger {
  readonly #schema: PatchSchema

  constructor(schema: PatchSchema) {
    this.#schema = schema
  }

  map(original: JsonObject, patch: JsonObject, at: PatchType): JsonObject {
    if (Object.hasOwn(patch, directiveKey)) return this.#directive(patch)
    const result = this.#retainKeys(original, patch)
    const handled = this.#orderedLists(result, patch, at)
    const keys = Object.keys(patch).filter((key) => !handled.has(key))
    for (const key of keys) if (key.startsWith(deleteListPrefix)) this.#deleteFromList(result, listOf(key, deleteListPrefix, badDeletionList), patch[key]!, at)
    for (const key of keys) if (!key.startsWith(deleteListPrefix)) setOrDelete(result, key, this.#member(getMember(result, key), patch[key]!, at, key))
    return result
  }

  #directive(patch: JsonObject): JsonObject {
    const directive = patch[directiveKey]!
    if (directive === 'delete') return {}
    if (directive !== 'replace') throw badDirective(directive, patch)
    const result = mapMembers(patch, (value) => value)
    delete result[directiveKey]
    return result
  }

  /** The original, or, if the patch says which members to retain, those. */
  #retainKeys(original: JsonObject, patch: JsonObject): JsonObject {
    const result = mapMembers(original, (value) => value)
    if (!Object.hasOwn(patch, retainKeysKey)) return result
    if (!Array.isArray(patch[retainKeysKey])) throw badRetainKeys()
    const retained = new Set<JsonValue>(patch[retainKeysKey])
    for (const key of Object.keys(patch)) {
      const free = key === retainKeysKey || patch[key] === null || key.startsWith(deleteListPrefix) || key.startsWith(elementOrderPrefix)
      if (!free && !retained.has(key)) throw badRetainKeys()
    }
    for (const key of Object.keys(result)) if (!retained.has(key)) delete result[key]
    return result
  }

  /** Merges the lists that have `$setElementOrder`. @returns the keys of the patch that are done */
  #orderedLists(result: JsonObject, patch: JsonObject, at: PatchType): Set<string> {
    const handled = new Set([retainKeysKey])
    for (const directive of Object.keys(patch)) {
      if (!directive.startsWith(elementOrderPrefix)) continue
      handled.add(directive)
      const order = asList(patch[directive]!)
      const key = listOf(directive, elementOrderPrefix, badElementOrder)
      const live = getMember(result, key)
      const patched = getMember(patch, key)
      const liveList = live === undefined ? undefined : asList(live)
      const patchList = patched === undefined ? undefined : asList(patched)
      const member = this.#schema.member(at, key)
      checkOrder(patchList ?? [], order, member.mergeKey)
      if (!liveList && !patchList) continue
      handled.add(key)
      const merged = liveList && patchList ? this.#list(liveList, patchList, member) : (patchList ?? liveList)!
      elementKind(liveList ?? [], patchList ?? [])
      const before = liveList && patchList && member.strategy === 'merge' ? orderLeft(liveList, patchList, member.mergeKey) : (liveList ?? [])
      setMember(result, key, orderElements(merged, order, before, member.mergeKey))
    }
    return handled
  }

  /** Of a list of maps the deletions are merged like any elements: upstream takes only scalars out. */
  #deleteFromList(result: JsonObject, key: string, toDelete: JsonValue, at: PatchType): void {
    const live = getMember(result, key)
    if (toDelete === null) delete result[key]
    else if (Array.isArray(live) && Array.isArray(toDelete)) {
      const member = this.#schema.member(at, key)
      const gone = new Set(toDelete)
      const scalars = live.length + toDelete.length === 0 || elementKind(live, toDelete) === 'scalar'
      setMember(result, key, scalars ? live.filter((element) => !gone.has(element)) : this.#list(live, toDelete, { ...member, strategy: 'merge' }))
    }
  }

  #member(live: JsonValue | undefined, patch: JsonValue, at: PatchType, key: string): JsonValue | undefined {
    if (patch === null) return undefined
    if (isObject(live) && isObject(patch)) {
      const member = this.#schema.member(at, key)
      return member.strategy === 'replace' ? patch : this.map(live, patch, member.at)
    }
    if (Array.isArray(live) && Array.isArray(patch)) return this.#list(live, patch, this.#schema.member(at, key))
    return withoutDirectives(patch)
  }

  #list(live: JsonValue[], patch: JsonValue[], { at, strategy, mergeKey }: PatchMember): JsonValue[] {
    if (strategy !== 'merge') return patch
    if (live.length === 0 && patch.length === 0) return live
    if (elementKind(live, patch) === 'scalar') return orderElements([...new Set([...live, ...patch])], patch, live, '')
    if (mergeKey === '') throw strategicError(`cannot merge lists without merge key for ${at.type.split('.').at(-1)}`)
    return this.#elements(live as JsonObject[], patch as JsonObject[], { type: at.type, card: 'one' }, mergeKey)
  }

  #elements(live: JsonObject[], patch: JsonObject[], at: PatchType, mergeKey: string): JsonValue[] {
    const plain = patch.filter((element) => !Object.hasOwn(element, directiveKey))
    const kept = applyElementDirectives(live, patch, mergeKey)
    if (kept === 'replaced') return plain
    const merged: JsonObject[] = [...kept]
    const places = new Map(kept.map((element, index) => [getMember(element, mergeKey), index] as const).toReversed())
    for (const element of plain) {
      const key = mergeKeyOf(element, mergeKey)
      const place = places.get(key)
      if (place !== undefined) merged[place] = this.map(merged[place]!, element, at)
      else places.set(key, merged.push(element) - 1)
    }
    return orderElements(merged, plain, kept, mergeKey)
  }
}

/** What the elements with `$patch` leave of a list of maps. */
function applyElementDirectives(live: JsonObject[], patch: readonly JsonObject[], mergeKey: string): JsonObject[] | 'replaced' {
  const deleted = new Set<JsonValue | undefined>()
  let replaced = false
  for (const element of patch) {
    if (!Object.hasOwn(element, directiveKey)) continue
    const directive = element[directiveKey]!
    if (directive === 'delete') deleted.add(mergeKeyOf(element, mergeKey))
    else if (directive === 'replace') replaced = true
    else if (directive === 'merge') throw strategicError('merging lists cannot yet be specified in the patch')
    else throw badDirective(directive, element)
  }
  return replaced ? 'replaced' : live.filter((element) => !deleted.has(getMember(element, mergeKey)))
}

/** The list that a directive's key names. */
function listOf(key: string, prefix: string, malformed: () => ApiError): string {
  if (key[prefix.length] !== '/') throw malformed()
  return key.slice(prefix.length + 1)
}

function asList(value: JsonValue): JsonValue[] {
  if (!Array.isArray(value)) throw badType('[]interface {}', value)
  return value
}

/**
 * The elements of the patch must be among those of `$setElementOrder`, in its order. Deletions do not count; of other directives only
 * those that come before the order is used up are passed over, as upstream does.
 */
function checkOrder(patch: readonly JsonValue[], order: readonly JsonValue[], mergeKey: string): void {
  if (order.length === 0 || patch.length === 0) return
  const elements = mergeKey === '' ? patch : patch.filter((element) => !isObject(element) || getMember(element, directiveKey) !== 'delete')
  let next = 0
  for (let place = 0; next < elements.length && place < order.length;) {
    const element = elements[next]!
    if (isObject(element) && Object.hasOwn(element, directiveKey)) {
      next++
      continue
    }
    if (identity(element, mergeKey) === identity(order[place]!, mergeKey)) next++
    place++
  }
  if (next < elements.length) {
    throw strategicError(`The order in patch list:\n${goPrint([...patch])}\n doesn't match $setElementOrder list:\n${goPrint([...order])}\n`)
  }
}

const schemas = new WeakMap<Schema, PatchSchema>()

/**
 * @param typeName schema type of `original`
 * @param patch the decoded body
 * @returns a new object that may share what did not change with `original` and `patch`; neither is changed
 * @throws {ApiError} 400 when the patch is no object or a directive is malformed, 500 (as upstream) when it cannot be applied
 */
export function applyStrategicMergePatch(schema: Schema, typeName: string, original: JsonObject, patch: JsonValue): JsonObject {
  if (patch === null) return original
  if (!isObject(patch)) throw new ApiError('BadRequest', `json: cannot unmarshal ${kindOfJson(patch)} into Go value of type map[string]interface {}`)
  const view = schemas.get(schema) ?? new PatchSchema(schema)
  schemas.set(schema, view)
  return withinMaxDepth(() => new Merger(view).map(original, patch, { type: typeName, card: 'one' }))
}
