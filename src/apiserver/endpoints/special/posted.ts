// What all POSTs have in common whose body is an order, not an object to keep.
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import { notFound, type Status } from '../../../apimachinery/api-error.ts'
import { splitApiVersion, typeMetaOf } from '../../../apimachinery/codec/find-type.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { resourceFacts } from '../../../api/resource-facts.ts'
import { auditRequestObject, auditStatus } from '../../audit/bodies.ts'
import type { ApiRequest, ApiResponse } from '../../http/api-request.ts'
import type { Entry } from '../../cacher/entry.ts'
import type { ResourceStore } from '../../registry/generic/store.ts'
import type { BodyKind } from '../body.ts'
import { statusType } from '../delete.ts'
import type { ResourceHandlerDeps } from '../deps.ts'
import { encode, objectResponse } from '../encode.ts'
import { goTypeName } from '../go-type-name.ts'
import { bodyFormat, contentTypes, type Negotiated, wantsPretty } from '../negotiation.ts'
import { negotiateRequest, plainOffer } from '../offer.ts'
import { writeQuery, type WriteQuery } from '../query-options.ts'
import { checkNamespace, wipeSystemFields } from '../posted-metadata.ts'
import { readObject } from '../read-body.ts'

interface Posted<T> {
  readonly object: T
  readonly query: WriteQuery
  readonly negotiated: Negotiated
}

/**
 * Reads a body of a kind that may come in one more version.
 * @param systemFields whether what only the server says of an object means something here (a binding's preconditions)
 * @throws {ApiError} 400, 406, 415, 422
 */
export async function readPosted<T>(
  deps: ResourceHandlerDeps,
  request: ApiRequest,
  kind: BodyKind,
  { systemFields = false }: { readonly systemFields?: boolean } = {},
): Promise<Posted<T>> {
  const negotiated = negotiateRequest(request, plainOffer)
  const format = bodyFormat(request.headers['content-type'])
  const body = await request.body()
  const query = writeQuery(request.query, 'create')
  const object = await readObject(deps, request, body, format, kind, query.fieldValidation)
  const { namespace } = request.info
  checkNamespace({ namespaced: namespace !== '' }, namespace, object)
  if (!systemFields) wipeSystemFields(object)
  auditRequestObject(request, deps.codec, kind.type, () => object as unknown as JsonObject, object.metadata)
  return { object: object as unknown as T, query, negotiated }
}

/** The kind of a subresource, from the fact table. */
export function subresourceKind(id: string, subresource: string): BodyKind {
  const facts = resourceFacts.get(id)!
  const { group = facts.group, version = facts.version, kind, type } = facts.subresources![subresource]!
  return { group, version, kind, type }
}

/** The kind of a resource that is only ever posted. */
export const postedKind = (id: string): BodyKind => resourceFacts.get(id)!

export function answer(deps: ResourceHandlerDeps, request: ApiRequest, negotiated: Negotiated, type: string, object: JsonObject, status = 201): ApiResponse {
  const canonical = deps.codec.canonical(type, object)
  if (type !== statusType) {
    const { apiVersion, kind } = typeMetaOf(canonical)
    const goType = goTypeName({ ...splitApiVersion(apiVersion), kind })
    return objectResponse(deps.codec, request, negotiated, status, { type, object: canonical }, undefined, goType)
  }
  const pretty = wantsPretty(request.query, request.headers['user-agent'], negotiated)
  auditStatus(request, deps.codec, canonical as unknown as Status)
  return {
    status,
    headers: { 'content-type': contentTypes[negotiated.format] },
    body: encode(deps.codec, type, canonical, negotiated.format, pretty),
  }
}

/** The Status that such an order is answered with. */
export const done = (deps: ResourceHandlerDeps, request: ApiRequest, negotiated: Negotiated): ApiResponse =>
  answer(deps, request, negotiated, statusType, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })

/** Attempts of a change whose object keeps changing under it. */
const attemptsMax = 1000

/**
 * Changes a stored object directly, past its strategy: for changes that are the server's own.
 * @param change works on the caller's own copy; returning false leaves the object as it is
 * @returns what was written
 * @throws {ApiError} 404, and what `change` throws
 */
export async function changeStored<T extends KubeObject>(
  store: ResourceStore,
  namespace: string,
  name: string,
  change: (object: Mutable<T>, entry: Entry) => boolean | void,
  dryRun = false,
): Promise<Entry | undefined> {
  const key = store.keyOf(namespace, name)
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const live = await store.read(key)
    if (!live) throw notFound(store.resource, name)
    const object = live.copy() as unknown as Mutable<T>
    if (change(object, live) === false || dryRun) return undefined
    const written = await store.replace(key, object as unknown as KubeObject, live.revision)
    if (!('current' in written)) return written
  }
  return undefined
}
