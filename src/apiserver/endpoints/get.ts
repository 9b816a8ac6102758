// GET of one object: the cached bytes, straight out. Source: k8s.io/apiserver pkg/endpoints/handlers/get.go.
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject } from '../../api/object.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import type { Entry } from '../cacher/entry.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { type Answer, objectResponse } from './encode.ts'
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
  const answer = new StoredAnswer(deps, scope, entry, object)
  return objectResponse(deps.codec, request, negotiated, status, answer, printerOf(deps, scope, negotiated), goTypeName(scope.facts))
}

/** Decoding is left until somebody asks: most answers are the bytes as they are. */
class StoredAnswer implements Answer {
  readonly type: string
  readonly entry: Entry | undefined
  readonly #deps: ResourceHandlerDeps
  readonly #scope: Scope
  readonly #read: () => KubeObject

  constructor(deps: ResourceHandlerDeps, scope: Scope, entry: Entry | undefined, object: KubeObject | undefined) {
    this.type = scope.facts.type
    this.entry = scope.conversion ? undefined : entry
    this.#deps = deps
    this.#scope = scope
    this.#read = () => object ?? (entry!.object() as unknown as KubeObject)
  }

  get object(): JsonObject {
    const inVersion = fromStored(this.#scope, this.#read()) as unknown as JsonObject
    return this.#scope.conversion ? this.#deps.codec.canonical(this.type, inVersion) : inVersion
  }
}
