// The bodies of writes as the endpoints want them, read at once or, the large ones, beside the event loop.
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import { ApiError } from '../../apimachinery/api-error.ts'
import { auditPatch } from '../audit/bodies.ts'
import type { ApiRequest } from '../http/api-request.ts'
import type { DeleteOptions } from '../registry/generic/graceful-deletion.ts'
import { type BodyKind, decodeBody } from './body.ts'
import { parseConfiguration } from './configuration.ts'
import { parseDeleteOptions } from './delete-options-body.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import type { Format } from './negotiation.ts'
import type { ParsedPatch, PatchType } from './patch-document.ts'
import type { FieldValidation } from './query-options.ts'
import { patchAsJson, textAsJson } from './recorded-patch.ts'

/** @throws {ApiError} 400; 413 when it holds too many values */
export function readObject(
  { codec, bodies }: ResourceHandlerDeps,
  request: ApiRequest,
  body: Uint8Array,
  format: Format,
  expected: BodyKind,
  validation: FieldValidation,
): Mutable<KubeObject> | Promise<Mutable<KubeObject>> {
  const warn = (message: string) => request.warn(message)
  if (!bodies.isLarge(body, format === 'json')) return decodeBody(codec, body, format, expected, validation, warn)
  const { group, version, kind, type, olderVersions } = expected
  const kindOnly = { group, version, kind, type, ...(olderVersions ? { olderVersions } : {}) }
  return bodies.readLarge(body, { as: 'object', format, expected: kindOnly, validation }).then(({ value, complaints }) => {
    for (const complaint of complaints) warn(complaint)
    return value as unknown as Mutable<KubeObject>
  })
}

/** @returns what a large patch says; undefined for one that is quickly parsed @throws {ApiError} 400, 413 */
export async function readLargePatch(
  { bodies }: ResourceHandlerDeps,
  body: Uint8Array,
  type: ParsedPatch['type'],
  validation: FieldValidation,
): Promise<ParsedPatch | undefined> {
  if (!bodies.isLarge(body, true)) return undefined
  return { type, ...(await bodies.readLarge(body, { as: 'patch', type, validation })) }
}

/** @throws {ApiError} 400, 413 */
export async function readConfiguration({ codec, bodies }: ResourceHandlerDeps, body: Uint8Array): Promise<ReturnType<typeof parseConfiguration>> {
  if (!bodies.isLarge(body, false)) return parseConfiguration(codec, body)
  const { value, complaints } = await bodies.readLarge(body, { as: 'configuration' })
  return { configuration: value as JsonObject, complaints }
}

/** @throws {ApiError} 400, 413 */
export async function readDeleteOptions({ codec, bodies }: ResourceHandlerDeps, body: Uint8Array, format: Format): Promise<DeleteOptions> {
  if (!bodies.isLarge(body, format === 'json')) return parseDeleteOptions(codec, body, format) as DeleteOptions
  return (await bodies.readLarge(body, { as: 'delete-options', format })).value as DeleteOptions
}

/** What a patch looks like in the audit log: as it was sent, an applied configuration (YAML) as JSON, and what is neither as text. */
export async function recordPatch({ codec, bodies }: ResourceHandlerDeps, request: ApiRequest, body: Uint8Array, type: PatchType): Promise<void> {
  const isYaml = type === 'apply'
  if (!request.audit?.recordsBodies || !bodies.isLarge(body, !isYaml)) return auditPatch(request, () => patchAsJson(codec, body, isYaml))
  const text = await bodies.readLargeText(body, { as: 'record', isYaml }).catch((error: unknown) => {
    // More than is worked on.
    if (error instanceof ApiError) return textAsJson(codec, body)
    throw error
  })
  auditPatch(request, () => text)
}
