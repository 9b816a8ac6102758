// A configuration merged into an object: no field goes, the configuration's values win, and lists are in its order where it says
// so. Source: structured-merge-diff typed/merge.go.
import { getMember, isObject, setMember } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { listElement } from './list-elements.ts'
import type { PathElement } from './path-element.ts'
import type { ListType, MapType, TypeNode } from './type-node.ts'
import { kindFor, memberType } from './type-view.ts'

/** @returns undefined when there is nothing to keep */
function mergeValues(type: TypeNode, live: JsonValue | undefined, config: JsonValue | undefined): JsonValue | undefined {
  const kind = kindFor(type, config === undefined ? live : config)
  if (kind === 'map') {
    const [left, right] = [isObject(live) ? live : undefined, isObject(config) ? config : undefined]
    const bare = [left, right].every((map) => map === undefined || Object.keys(map).length === 0)
    if (!type.map!.atomic && !bare) return mergeMaps(type.map!, left ?? {}, right ?? {})
  } else if (kind === 'list') {
    const [left, right] = [Array.isArray(live) ? live : [], Array.isArray(config) ? config : []]
    if (!type.list!.atomic && left.length + right.length > 0) return mergeLists(type.list!, left, right)
  }
  return config === undefined ? live : config
}

function mergeMaps(type: MapType, live: JsonObject, config: JsonObject): JsonObject | undefined {
  const result: JsonObject = {}
  const add = (key: string) => {
    const value = mergeValues(memberType(type, key), getMember(live, key), getMember(config, key))
    if (value !== undefined) setMember(result, key, value)
  }
  for (const key of Object.keys(live)) add(key)
  for (const key of Object.keys(config)) if (!Object.hasOwn(live, key)) add(key)
  return result
}

interface Indexed {
  readonly order: readonly PathElement[]
  readonly values: readonly JsonValue[]
  /** A value that occurs twice stands for nothing that could be merged with. */
  readonly byElement: ReadonlyMap<PathElement, JsonValue | undefined>
}

function index(list: ListType, values: readonly JsonValue[]): Indexed {
  const order: PathElement[] = []
  const kept: JsonValue[] = []
  const byElement = new Map<PathElement, JsonValue | undefined>()
  for (const value of values) {
    const found = listElement(list, value)
    if (!('element' in found)) continue
    byElement.set(found.element, byElement.has(found.element) ? undefined : value)
    order.push(found.element)
    kept.push(value)
  }
  return { order, values: kept, byElement }
}

/** Walks both lists: elements only live keep their place before the next shared one; shared ones follow the configuration. */
function mergeLists(list: ListType, liveValues: readonly JsonValue[], configValues: readonly JsonValue[]): JsonValue[] {
  const live = index(list, liveValues)
  const config = index(list, configValues)
  const type = list.element()
  const shared = config.order.filter((element) => live.byElement.has(element))
  let nextShared = shared.shift()
  const merged = new Set<PathElement>()
  const out: JsonValue[] = []
  const push = (left: JsonValue | undefined, right: JsonValue | undefined) => {
    const value = mergeValues(type, left, right)
    if (value !== undefined) out.push(value)
  }
  const takeConfig = (element: PathElement) => {
    merged.add(element)
    push(live.byElement.get(element), config.byElement.get(element))
    if (nextShared === element) nextShared = shared.shift()
  }
  let [l, r] = [0, 0]
  while (l < live.order.length || r < config.order.length) {
    const left = live.order[l]
    const right = config.order[r]
    if (left !== undefined && left === right) {
      takeConfig(left)
      l++
      r++
      continue
    }
    if (left !== undefined && !config.byElement.has(left)) {
      push(live.values[l++], undefined)
      continue
    }
    if (left !== undefined && right !== undefined && nextShared !== undefined && nextShared !== left) {
      l++ // shared, but not the one that is next: the configuration will bring it
      continue
    }
    if (left !== undefined && merged.has(left)) l++
    if (right !== undefined) takeConfig(config.order[r++]!)
  }
  return out
}

/** @returns a new object that shares what did not change with both */
export const merge = (type: TypeNode, live: JsonObject, config: JsonObject): JsonObject => mergeValues(type, live, config) as JsonObject
