// From a patch body and the current object to the patched object, for the three patch formats that edit a document.
// Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go.
import { apiVersionOf } from '../registry/generic/stored-resource.ts'
import { ApiError, badRequest } from '../../apimachinery/api-error.ts'
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import { typeMetaOf } from '../../apimachinery/codec/find-type.ts'
import { fieldErrorBody, invalid } from '../../apimachinery/field-errors.ts'
import { goPrint, goQuote } from '../../apimachinery/go-quote.ts'
import { isObject } from '../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import { applyJsonPatch, jsonPatchSteps, jsonPatchUnknownFields } from '../../apimachinery/patch/json-patch.ts'
import { applyMergePatch } from '../../apimachinery/patch/merge-patch.ts'
import { applyStrategicMergePatch } from '../../apimachinery/patch/strategic-merge-patch.ts'
import { schema } from '../../api/schema.ts'
import { typesMax } from '../../util/media-types.ts'
import { type BodyKind, goPackage } from './body.ts'
import { canonicalApiVersion, goTypeOf, isRegistered } from './known-kinds.ts'
import type { Turn } from '../registry/generic/turns.ts'
import { refuseHeavyObject } from './large-bodies/density.ts'
import { unknownFormat } from './negotiation.ts'
import type { FieldValidation } from './query-options.ts'
import { withResetEntry } from './reset-managed-fields.ts'
import { restored } from './restored.ts'
import { badMergePatch, unvalidatedOperations } from './unvalidated-patch.ts'

export const patchTypes = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
} as const

export type PatchType = (typeof patchTypes)[keyof typeof patchTypes]

/** @throws {ApiError} 415: the router's refusal, which looks at every type of a list; or the handler's, which takes the header for one type */
export function patchTypeOf(contentType: string | undefined, strategic: boolean): PatchType {
  const header = contentType ?? ''
  const known = Object.keys(patchTypes).filter((type) => strategic || type !== 'application/strategic-merge-patch+json')
  if (!header.split(',', typesMax).some((each) => known.includes(each.split(';')[0]!.trim()))) {
    throw new ApiError('UnsupportedMediaType', '415: Unsupported Media Type', { details: {} })
  }
  const at = header.indexOf(';')
  const type = at > 0 ? header.slice(0, at) : header
  if (!known.includes(type)) throw unknownFormat(known)
  return patchTypes[type as keyof typeof patchTypes]
}

export interface ParsedPatch {
  readonly type: Exclude<PatchType, 'apply'>
  readonly value: JsonValue
  /** What strict validation says of the patch itself. */
  readonly complaints: readonly string[]
}

/** @throws {ApiError} 400; 422 for a list in place of a merge patch that nobody validates: it would be the object */
export function parsePatch(codec: Codec, type: Exclude<PatchType, 'apply'>, body: Uint8Array, validation: FieldValidation): ParsedPatch {
  const isValidated = validation !== 'Ignore' || type === 'strategic'
  try {
    // A strategic patch is merged with values, the others with texts: only those keep numbers as they were written.
    const { value, duplicates } = codec.parseJson(body, { literals: type !== 'strategic' })
    if (!isValidated) return { type, value: type === 'json' ? unvalidatedOperations(value) : unvalidatedMerge(value), complaints: [] }
    const repeated = duplicates.map((path) => `duplicate field ${goQuote(path)}`)
    if (type !== 'json') return { type, value, complaints: repeated }
    return { type, value, complaints: [...repeated.map((each) => `json patch ${each}`), ...jsonPatchUnknownFields(value)] }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    if (!isValidated) throw type === 'json' ? badRequest(error.message) : badMergePatch()
    throw badRequest(type === 'strategic' ? error.message : `error decoding patch: ${error.message}`)
  }
}

function unvalidatedMerge(value: JsonValue): JsonValue {
  if (isObject(value)) return value
  if (!Array.isArray(value)) throw badMergePatch()
  read(
    () => typeMetaOf(value),
    () => JSON.stringify(value),
  )
  return value
}

/**
 * @param patched what {@link patchedDocument} gave
 * @returns the patched object in canonical form, the caller's own
 * @throws {ApiError} 422 when the result is no object of its kind
 */
export function readPatched(
  codec: Codec,
  kind: BodyKind,
  patched: JsonValue,
  patch: ParsedPatch,
  validation: FieldValidation,
  warn: (message: string) => void,
): JsonObject {
  const strategic = patch.type === 'strategic'
  const shown = () => (strategic ? goPrint(patch.value) : JSON.stringify(sortedAlong(patched, touchedBy(patch))))
  const { object, strictErrors } = read(() => (strategic ? restored(codec, kind, patched as JsonObject) : inOrder(codec, kind, patched, patch)), shown)
  const complaints = [...patch.complaints, ...(strategic ? strictErrors.toSorted() : strictErrors)]
  if (complaints.length > 0 && validation === 'Strict') throw refused(shown(), `strict decoding error: ${complaints.join(', ')}`)
  if (validation === 'Warn') for (const complaint of complaints) warn(complaint)
  return object
}

/** So many operations of a large JSON patch are applied between two turns of the event loop: each may move a long list, or go down a long path. */
const operationsPerTurn = 25

/**
 * @param current canonical, in the version of the request, with resourceVersion; is not changed
 * @param turn when the patch or the object is large
 * @throws {ApiError} what the patch functions throw; 413 when a large patch makes an object of too many values
 */
export async function patchedDocument(kind: BodyKind, current: JsonObject, patch: ParsedPatch, turn: Turn | undefined): Promise<JsonValue> {
  if (!turn) return edited(kind, current, patch)
  if (patch.type !== 'json') {
    const patched = edited(kind, current, patch)
    refuseHeavyObject(patched, false)
    await turn()
    return patched
  }
  const application = jsonPatchSteps(current, patch.value, operationsPerTurn)
  let step = application.next()
  for (; !step.done; step = application.next()) await turn()
  refuseHeavyObject(step.value, false)
  await turn()
  return step.value
}

function edited(kind: BodyKind, current: JsonObject, { type, value }: ParsedPatch): JsonValue {
  if (type === 'json') return applyJsonPatch(current, value)
  if (type === 'merge') return applyMergePatch(current, value)
  return applyStrategicMergePatch(schema, kind.type, current, value)
}

/** @throws {ApiError} 422 for what cannot be read */
function read<T>(reader: () => T, shown: () => string): T {
  try {
    return reader()
  } catch (error) {
    if (error instanceof DecodeError) throw refused(shown(), error.message)
    throw error
  }
}

/** Several complaints come in the order of the text that Go would have written. @throws {DecodeError} */
function inOrder(codec: Codec, kind: BodyKind, patched: JsonValue, patch: ParsedPatch) {
  const decoded = convert(codec, kind, patched)
  return decoded.strictErrors.length > 1 ? convert(codec, kind, sortedAlong(patched, touchedBy(patch))) : decoded
}

/** The patched text, decoded. @throws {DecodeError} */
function convert(codec: Codec, kind: BodyKind, patched: JsonValue) {
  const typeMeta = typeMetaOf(patched)
  const own = apiVersionOf(kind)
  const apiVersion = canonicalApiVersion(typeMeta.apiVersion, kind)
  const named = typeMeta.kind || kind.kind
  const document = patched as JsonObject
  if (apiVersion !== own || named !== kind.kind) throw new DecodeError(foreignKind(codec, kind, document, apiVersion, named))
  return codec.convert(kind.type, { ...withResetEntry(document), kind: kind.kind, apiVersion: own })
}

/** Why a document that calls itself something else cannot be used. */
function foreignKind(codec: Codec, kind: BodyKind, document: JsonObject, apiVersion: string, named: string): string {
  if (!isRegistered(apiVersion, named)) {
    return `no kind ${goQuote(named)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`
  }
  const version = apiVersion.split('/').at(-1)!
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : ''
  const found = [...schema].find(([, { gvk }]) => gvk?.group === group && gvk.version === version && gvk.kind === named)
  if (found) codec.convert(found[0], document)
  return `converting (${goTypeOf(apiVersion, named)}) to (${goPackage(kind.group)}.${kind.kind}): unknown conversion`
}

/** The 422 of a patch whose result cannot be used: about no kind and no name. */
function refused(shown: string, why: string): ApiError {
  const error = invalid('patch', shown, why)
  return new ApiError('Invalid', ` "" is invalid: patch: ${fieldErrorBody(error)}`, {
    details: { causes: [{ reason: error.type, message: fieldErrorBody(error), field: 'patch' }] },
  })
}

/** The levels of a document that a patch takes apart. */
interface Touched {
  [member: string]: Touched
}

function touchedBy({ type, value }: ParsedPatch): Touched {
  const root: Touched = {}
  if (type === 'json' && Array.isArray(value)) for (const operation of value) touchPath(root, (operation as JsonObject | null)?.['path'])
  else touchMembers(root, value)
  return root
}

function touchPath(root: Touched, path: JsonValue | undefined): void {
  if (typeof path !== 'string') return
  let level = root
  // The last part names the member; what holds it is taken apart.
  for (const part of path.split('/').slice(1, -1)) level = touch(level, part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function touchMembers(level: Touched, value: JsonValue): void {
  if (!isObject(value)) return
  for (const [name, member] of Object.entries(value)) if (isObject(member)) touchMembers(touch(level, name), member)
}

function touch(level: Touched, name: string): Touched {
  if (!Object.hasOwn(level, name)) Object.defineProperty(level, name, { value: {}, enumerable: true })
  return level[name]!
}

/** Go keeps what it takes apart in maps, which it writes in key order; the rest stays as it was written. */
function sortedAlong(value: JsonValue, touched: Touched): JsonValue {
  if (!isObject(value)) return value
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, Object.hasOwn(touched, name) ? sortedAlong(value[name]!, touched[name]!) : value[name]!]))
}
