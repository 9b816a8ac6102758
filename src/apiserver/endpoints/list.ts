// LIST and WATCH of a collection. Source: k8s.io/apiserver pkg/endpoints/handlers/get.go (ListResource).
import type { ListAnswer } from '../cacher/list.ts'
import type { Selection } from '../cacher/selection.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { listResponse } from './list-response.ts'
import { listOffer, negotiateRequest, printerOf } from './offer.ts'
import { type ListQuery, parseListQuery, validateListQuery, withWatchDefaults } from './query-options.ts'
import { checkListVersion } from './resource-version.ts'
import type { Scope } from './scope.ts'
import { selectionOf, selectorsOf } from './selection.ts'
import { watch } from './watch.ts'

/** What is in the store. @throws {ApiError} 400 for a version that is none, 410, 504 */
export function readList({ store }: Scope, query: ListQuery, selection: Selection): Promise<ListAnswer> {
  checkListVersion(query.resourceVersion)
  const { limit, resourceVersion, resourceVersionMatch } = query
  return store.list({ selection, limit, continue: query.continue, resourceVersion, resourceVersionMatch })
}

export async function list(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope): Promise<ApiResponse> {
  const negotiated = negotiateRequest(request, listOffer)
  const query = withWatchDefaults(parseListQuery(request.query))
  const selectors = selectorsOf(query)
  validateListQuery(query, query.watch)
  const selection = selectionOf(scope, { ...selectors, namespace: request.info.namespace, name: request.info.name })
  if (query.watch || request.info.verb === 'watch') return watch(deps, request, scope, negotiated, query, selection)
  const answer = await readList(scope, query, selection)
  return listResponse(deps.codec, request, scope, negotiated, answer, printerOf(deps, scope, negotiated))
}
