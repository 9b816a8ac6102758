// What a PATCH is about, before anything is read or written.
import type { ApiRequest } from '../http/api-request.ts'
import type { WriteContext } from '../registry/generic/store-context.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import type { Negotiated } from './negotiation.ts'
import { negotiateRequest, objectOffer } from './offer.ts'
import { type ParsedPatch, parsePatch, type PatchType, patchTypeOf } from './patch-document.ts'
import { writeQuery, type WriteQuery } from './query-options.ts'
import { readLargePatch, recordPatch } from './read-body.ts'
import { writeContext } from './write-context.ts'

export interface PatchRequest {
  readonly type: PatchType
  readonly negotiated: Negotiated
  readonly body: Uint8Array
  readonly query: WriteQuery
  readonly context: WriteContext
}

/** @throws {ApiError} 406, 415, 422; 400 and 413 of the body */
export async function readPatchRequest(deps: ResourceHandlerDeps, request: ApiRequest): Promise<PatchRequest> {
  const type = patchTypeOf(request.headers['content-type'], true)
  const negotiated = negotiateRequest(request, objectOffer)
  const body = await request.body()
  await recordPatch(deps, request, body, type)
  const query = writeQuery(request.query, type === 'apply' ? 'apply' : 'patch')
  const context = writeContext(deps, request, { name: request.info.name, dryRun: query.dryRun, options: query.options, bodyBytes: body.length })
  return { type, negotiated, body, query, context }
}

/** Gives the patch, parsed when it is first asked for: that there is nothing to patch comes before its faults. */
export async function lazyPatch(
  deps: ResourceHandlerDeps,
  type: ParsedPatch['type'],
  body: Uint8Array,
  { fieldValidation }: WriteQuery,
): Promise<() => ParsedPatch> {
  let parsed = await readLargePatch(deps, body, type, fieldValidation)
  return () => (parsed ??= parsePatch(deps.codec, type, body, fieldValidation))
}
