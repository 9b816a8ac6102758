// JSON Patch (RFC 6902) with the leniencies of the library that upstream uses (evanphx/json-patch v4), as its API server shows
// them: replacing a missing member adds it, copying one adds null, negative indices count from the end, adding the root is an
// error, a path need not start with a slash. Every failure while applying has one answer, 422 without a reason why.
import { ApiError } from '../api-error.ts'
import { cloneJson, getMember, isObject, isRaw, jsonEqual, setMember } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { withinMaxDepth } from '../max-depth.ts'
import { kindOfJson } from './kind-of-json.ts'
import { rejected, rejection } from './rejected.ts'

/** A longer list of operations is refused with 413 before any of it is applied. */
const operationsMax = 10_000
/** What all `copy` operations of a patch may add together, so that doubling a document cannot fill the memory. */
const copyBytesMax = 3 * 1024 * 1024

/** A `test` that found something else: nothing is wrong with the patch. */
export class FailedTest extends ApiError {
  constructor() {
    super(...rejection)
  }
}

type Container = JsonObject | JsonValue[]
interface Operation {
  readonly op: string
  readonly path: string | undefined
  readonly from: string | undefined
  /** null when there is none. */
  readonly value: JsonValue
}

const members = ['op', 'path', 'from', 'value']

function readOperation(raw: JsonValue): Operation {
  if (raw === null) return { op: 'unknown', path: undefined, from: undefined, value: null }
  if (!isObject(raw))
    throw new ApiError('BadRequest', `error decoding patch: json: cannot unmarshal ${kindOfJson(raw)} into Go value of type handlers.jsonPatchOp`)
  const text = (key: string): string | undefined => {
    const member = getMember(raw, key)
    if (member === undefined || member === null || typeof member === 'string') return member ?? undefined
    throw new ApiError(
      'BadRequest',
      `error decoding patch: json: cannot unmarshal ${kindOfJson(member)} into Go struct field jsonPatchOp.${key} of type string`,
    )
  }
  return { op: text('op') ?? 'unknown', path: text('path'), from: text('from'), value: getMember(raw, 'value') ?? null }
}

function readOperations(patch: JsonValue): readonly Operation[] {
  if (patch === null) return []
  if (!Array.isArray(patch)) {
    throw new ApiError('BadRequest', `error decoding patch: json: cannot unmarshal ${kindOfJson(patch)} into Go value of type []handlers.jsonPatchOp`)
  }
  requireOperationsMax(patch)
  return patch.map(readOperation)
}

/** @param patch a decoded body, of whatever shape @throws {ApiError} 413 for a list of too many operations */
export function requireOperationsMax(patch: JsonValue): void {
  if (Array.isArray(patch) && patch.length > operationsMax) {
    const why = `The allowed maximum operations in a JSON patch is ${operationsMax}, got ${patch.length}`
    throw new ApiError('RequestEntityTooLarge', `Request entity too large: ${why}`)
  }
}

/** What strict validation complains of: `json patch unknown field "[1].extra"`. Duplicates are the parser's to report. */
export function jsonPatchUnknownFields(patch: JsonValue): readonly string[] {
  if (!Array.isArray(patch)) return []
  return patch.flatMap((operation, index) =>
    isObject(operation)
      ? Object.keys(operation)
          .filter((key) => !members.includes(key))
          .map((key) => `json patch unknown field "[${index}].${key}"`)
      : [],
  )
}

const decodeKey = (key: string) => (!key.includes('~') ? key : key.replaceAll(/~[01]/g, (escaped) => (escaped === '~1' ? '/' : '~')))

/** strconv.Atoi, bounded: -length is the first element, -1 the last. */
function arrayIndex(key: string, length: number, last: number): number {
  if (!/^[+-]?[0-9]{1,15}$/.test(key)) throw rejected()
  const index = Number(key)
  if (index > last || index < -length) throw rejected()
  return index < 0 ? index + length : index
}

function get(container: Container, key: string): JsonValue | undefined {
  if (!Array.isArray(container)) return getMember(container, key)
  return container[arrayIndex(key, container.length, container.length - 1)]
}

function add(container: Container, key: string, value: JsonValue): void {
  if (!Array.isArray(container)) setMember(container, key, value)
  else if (key === '-') container.push(value)
  else container.splice(arrayIndex(key, container.length + 1, container.length), 0, value)
}

function replace(container: Container, key: string, value: JsonValue): void {
  if (Array.isArray(container)) container[arrayIndex(key, container.length, container.length - 1)] = value
  else setMember(container, key, value)
}

function remove(container: Container, key: string): void {
  if (Array.isArray(container)) container.splice(arrayIndex(key, container.length, container.length - 1), 1)
  else if (Object.hasOwn(container, key)) delete container[key]
  else throw rejected()
}

const isContainer = (value: JsonValue | undefined): value is Container => typeof value === 'object' && value !== null && !isRaw(value)

/** The container that holds what `path` names, and the key in it. */
function find(root: Container, path: string | undefined): { container: Container; key: string } {
  const parts = path?.split('/').slice(1).map(decodeKey) ?? []
  const key = parts.pop()
  if (key === undefined) throw rejected()
  let container = root
  for (const part of parts) {
    const next = get(container, part)
    if (!isContainer(next)) throw rejected()
    container = next
  }
  return { container, key }
}

class Application {
  #root: Container
  #copiedBytes = 0

  constructor(document: JsonObject) {
    this.#root = cloneJson(document)
  }

  get result(): JsonValue {
    return this.#root
  }

  apply(operation: Operation): void {
    const { op, path, from, value } = operation
    switch (op) {
      case 'add': {
        const { container, key } = find(this.#root, path)
        return add(container, key, cloneJson(value))
      }
      case 'remove': {
        const { container, key } = find(this.#root, path)
        return remove(container, key)
      }
      case 'replace':
        return this.#replace(path, cloneJson(value))
      case 'move': {
        const source = find(this.#root, from)
        const moved = get(source.container, source.key) ?? null
        remove(source.container, source.key)
        const { container, key } = find(this.#root, path)
        return add(container, key, moved)
      }
      case 'copy': {
        const source = find(this.#root, from)
        const copied = get(source.container, source.key) ?? null
        const { container, key } = find(this.#root, path)
        this.#copiedBytes += copied === null ? 0 : JSON.stringify(copied).length
        if (this.#copiedBytes > copyBytesMax) throw rejected()
        return add(container, key, cloneJson(copied))
      }
      case 'test':
        return this.#test(path, value)
      default:
        throw rejected()
    }
  }

  #replace(path: string | undefined, value: JsonValue): void {
    if (path !== '') {
      const { container, key } = find(this.#root, path)
      return replace(container, key, value)
    }
    if (!isContainer(value)) throw rejected()
    this.#root = value
  }

  #test(path: string | undefined, value: JsonValue): void {
    if (path === '') {
      if (!jsonEqual(this.#root, value)) throw new FailedTest()
      return
    }
    const { container, key } = find(this.#root, path)
    if (!jsonEqual(get(container, key) ?? null, value)) throw new FailedTest()
  }
}

/**
 * @param document is not changed, nor shared with the result
 * @param patch the decoded body
 * @returns usually an object; anything else is what the patch made of the root
 * @throws {ApiError} 400 for a body that is no list of operations, 413 for too many, 422 for one that cannot be applied
 */
export function applyJsonPatch(document: JsonObject, patch: JsonValue): JsonValue {
  const steps = jsonPatchSteps(document, patch, Infinity)
  return steps.next().value as JsonValue
}

/** {@link applyJsonPatch} in steps of so many operations, for patches that would take long. */
export function* jsonPatchSteps(document: JsonObject, patch: JsonValue, operationsPerStep: number): Generator<void, JsonValue> {
  const application = withinMaxDepth(() => new Application(document))
  const operations = readOperations(patch)
  for (let at = 0; at < operations.length; at++) {
    if (at > 0 && at % operationsPerStep === 0) yield
    withinMaxDepth(() => application.apply(operations[at]!))
  }
  return application.result
}
