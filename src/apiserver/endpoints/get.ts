// GET of one object: the cached bytes, straight out. Source: k8s.io/apiserver pkg/endpoints/handlers/get.go.
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject } from '../../api/object.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import type { Entry } from '../cacher/entry.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { objectResponse } from './encode.ts'
import { goTypeName } from './go-type-name.ts'
import type { Negotiated } from './negotiation.ts'
import { negotiateRequest, objectOffer, printerOf } from './offer.ts'
import { checkReadVersion } from './resource-version.ts'
import { fromStored, type Scope } from './scope.ts'

export async function get(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope): Promise<ApiResponse> {
  const negotiated = negotiateRequest(request, objectOffer)
  return storedResponse(deps, request, scope, negotiated, 200, await readEntry(request, scope), undefined)
}

/** The object of the path, as old as the query allows. @throws {ApiError} 404; 500 and 504 for its resourceVersion */
export function readEntry({ info, query }: ApiRequest, scope: Scope): Promise<Entry> {
  const resourceVersion = query.get('resourceVersion') ?? ''
  checkReadVersion(resourceVersion)
  return scope.store.get(info.namespace, info.name, resourceVersion)
}

/** @param entry the stored object; undefined: `object` has not been written (a dry run) */
export function storedResponse(
  deps: ResourceHandlerDeps,
  request: ApiRequest,
  scope: Scope,
  negotiated: Negotiated,
  status: number,
  entry: Entry | undefined,
  object: KubeObject | undefined,
): ApiResponse {
  const { facts, conversion } = scope
  // Decoding is left until somebody asks: most answers are the bytes as they are.
  const answer = {
    type: facts.type,
    entry: conversion ? undefined : entry,
    get object(): JsonObject {
      const stored = object ?? (entry!.object() as unknown as KubeObject)
      const inVersion = fromStored(scope, stored) as unknown as JsonObject
      return conversion ? deps.codec.canonical(facts.type, inVersion) : inVersion
    },
  }
  return objectResponse(deps.codec, request, negotiated, status, answer, printerOf(deps, scope, negotiated), goTypeName(facts))
}
