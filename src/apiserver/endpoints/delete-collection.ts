// DELETE of a collection: lists, then deletes each. Source: k8s.io/apiserver pkg/registry/generic/registry/store.go (DeleteCollection).
import { nextTurn } from '../../util/turns.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import type { Entry } from '../cacher/entry.ts'
import { deleteOptions, warnOfOrphans } from './delete-options.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { readList } from './list.ts'
import { listResponse } from './list-response.ts'
import { ListTurns } from './list-turns.ts'
import { listOffer, negotiateRequest, printerOf } from './offer.ts'
import { parseListQuery, validateListQuery } from './query-options.ts'
import { checkListVersion } from './resource-version.ts'
import type { Scope } from './scope.ts'
import { selectionOf, selectorsOf } from './selection.ts'
import { writeContext } from './write-context.ts'

/** Deletes under way at once: enough to share the store's commits, few enough to leave room for others. */
const workers = 16

export async function deleteCollection(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope): Promise<ApiResponse> {
  const negotiated = negotiateRequest(request, { ...listOffer, watchable: false })
  const query = parseListQuery(request.query)
  const selectors = selectorsOf(query)
  validateListQuery(query, query.watch)
  const selection = selectionOf(scope, { ...selectors, namespace: request.info.namespace })
  checkListVersion(query.resourceVersion)
  const options = await deleteOptions(deps, request)
  warnOfOrphans(request, scope.store.strategy, options)
  const answer = await readList(scope, query, selection)
  const left = answer.entries.toReversed()
  const turns = new ListTurns()
  // One after the other: workers that wait for the same turn would hold the next one together.
  let turn: Promise<unknown> = Promise.resolve()
  const worker = async () => {
    for (let entry = left.pop(); entry; entry = left.pop()) {
      if (turns.isDueAfter(entry)) await (turn = turn.then(() => nextTurn()))
      await deleteOne(entry)
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, left.length) }, worker))
  return listResponse(deps.codec, request, scope, negotiated, answer, printerOf(deps, scope, negotiated))

  async function deleteOne({ traits: { name, namespace } }: Entry): Promise<void> {
    const context = writeContext(deps, request, {
      name,
      dryRun: Boolean(options.dryRun?.length),
      options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...options },
    })
    try {
      await scope.store.delete({ ...context, namespace }, name, options)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
