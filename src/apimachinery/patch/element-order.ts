// The order of a merged list: elements of the patch in the patch's order, the others in the order they were live, and the two
// interleaved where the live list says which comes first. Source: k8s.io/apimachinery pkg/util/strategicpatch/patch.go.
import { getMember, isObject } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { badType, noMergeKey } from './strategic-errors.ts'

/** What tells elements apart: the element itself when `mergeKey` is '' (a list of scalars), else its merge key. */
export function identity(element: JsonValue, mergeKey: string): JsonValue {
  if (mergeKey === '') return element
  if (!isObject(element)) throw badType('map[string]interface {}', element)
  return mergeKeyOf(element, mergeKey)
}

export function mergeKeyOf(element: JsonObject, mergeKey: string): JsonValue {
  if (!Object.hasOwn(element, mergeKey)) throw noMergeKey(element, mergeKey)
  return element[mergeKey]!
}

/** @param merged every element, in any order @param patchOrder elements (or their keys) that the patch ordered @param liveOrder the list before */
export function orderElements(merged: readonly JsonValue[], patchOrder: readonly JsonValue[], liveOrder: readonly JsonValue[], mergeKey: string): JsonValue[] {
  const positions = (list: readonly JsonValue[]) => {
    const found = new Map<JsonValue, number>()
    for (const [index, element] of list.entries()) {
      const key = identity(element, mergeKey)
      if (!found.has(key)) found.set(key, index)
    }
    return (element: JsonValue) => found.get(identity(element, mergeKey)) ?? -1
  }
  const inPatch = positions(patchOrder)
  const live = positions(liveOrder)
  const patched = merged.filter((element) => inPatch(element) >= 0).sort((a, b) => inPatch(a) - inPatch(b))
  const others = merged.filter((element) => inPatch(element) < 0).sort((a, b) => live(a) - live(b))
  const result: JsonValue[] = []
  let at = 0
  for (const element of patched) {
    const place = live(element)
    const comesBefore = (other: JsonValue) => live(other) >= 0 && live(other) < place
    while (at < others.length && comesBefore(others[at]!)) result.push(others[at++]!)
    result.push(element)
  }
  return [...result, ...others.slice(at)]
}

/**
 * The live order that `$setElementOrder` goes by where the patch deletes elements: upstream takes them out of the live list itself and
 * puts new elements into the room that this leaves, so that as many of these as were deleted count as live, last in the list.
 */
export function orderLeft(live: readonly JsonValue[], patch: readonly JsonValue[], mergeKey: string): readonly JsonValue[] {
  const gone = new Set<JsonValue | undefined>()
  for (const element of patch) if (isObject(element) && element['$patch'] === 'delete') gone.add(getMember(element, mergeKey))
  if (gone.size === 0) return live
  const keyOf = (element: JsonValue) => (isObject(element) ? getMember(element, mergeKey) : undefined)
  const kept = live.filter((element) => !gone.has(keyOf(element)))
  const known = new Set(kept.map(keyOf))
  const added = patch.filter((element) => isObject(element) && !Object.hasOwn(element, '$patch') && !known.has(keyOf(element)))
  return [...kept, ...added.slice(0, live.length - kept.length)]
}
