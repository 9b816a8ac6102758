// Source: k8s.io/apiserver pkg/endpoints/handlers/get.go (ListResource), watch.go.
import { ApiError } from '../../apimachinery/api-error.ts'
import { jitter, systemRand } from '../../util/rand.ts'
import type { Selection } from '../cacher/selection.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { type Negotiated, requireStream } from './negotiation.ts'
import { printerOf } from './offer.ts'
import type { ListQuery } from './query-options.ts'
import { checkReadVersion } from './resource-version.ts'
import type { Scope } from './scope.ts'
import { watchErrorResponse, watchResponse } from './watch-response.ts'

/** Upstream's --min-request-timeout. */
const timeoutSecondsMin = 1800

export async function watch(
  deps: ResourceHandlerDeps,
  request: ApiRequest,
  scope: Scope,
  negotiated: Negotiated,
  query: ListQuery,
  selection: Selection,
): Promise<ApiResponse> {
  // Up to twice the least: clients come back at different times.
  const timeoutMs = (query.timeoutSeconds || jitter(deps.minRequestTimeoutSeconds ?? timeoutSecondsMin, 1, systemRand)) * 1000
  checkReadVersion(query.resourceVersion)
  requireStream(negotiated)
  try {
    const watcher = await scope.store.watch({
      selection,
      resourceVersion: query.resourceVersion,
      sendInitialEvents: query.sendInitialEvents,
      allowBookmarks: query.allowWatchBookmarks,
      timeoutMs: Math.max(0, timeoutMs),
    })
    return watchResponse(deps, request, scope, negotiated, watcher, printerOf(deps, scope, negotiated))
  } catch (error) {
    if (error instanceof ApiError && (error.reason === 'Expired' || error.reason === 'Timeout'))
      return watchErrorResponse(deps.codec, request, negotiated, error)
    throw error
  }
}
