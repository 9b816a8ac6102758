// DeleteOptions come in the body, or else in the query. Source: k8s.io/apiserver pkg/endpoints/handlers/delete.go.
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { auditRequestObject } from '../audit/bodies.ts'
import type { ApiRequest } from '../http/api-request.ts'
import { validateDeleteOptions } from '../registry/generic/delete.ts'
import type { DeleteOptions } from '../registry/generic/graceful-deletion.ts'
import type { Strategy } from '../registry/generic/strategy.ts'
import { deleteOptionsType } from './delete-options-body.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { bodyFormat } from './negotiation.ts'
import { booleanOf, integerOf } from './query-options.ts'
import { readDeleteOptions } from './read-body.ts'

/** @throws {ApiError} 400, 413, 415, 422 */
export async function deleteOptions(deps: ResourceHandlerDeps, request: ApiRequest): Promise<DeleteOptions> {
  const body = await request.body()
  const options = body.length > 0 ? await readDeleteOptions(deps, body, bodyFormat(request.headers['content-type'])) : fromQuery(request.query)
  if (body.length > 0) {
    const object = () => ({ kind: 'DeleteOptions', apiVersion: 'v1', ...options }) as unknown as JsonObject
    auditRequestObject(request, deps.codec, deleteOptionsType, object, undefined)
  }
  validateDeleteOptions(options)
  return options
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const gracePeriodSeconds = integerOf(query, 'gracePeriodSeconds')
  const orphanDependents = booleanOf(query, 'orphanDependents')
  const propagationPolicy = query.get('propagationPolicy')
  const dryRun = query.getAll('dryRun')
  const uid = query.get('uid')
  const resourceVersion = query.get('resourceVersion')
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(propagationPolicy === null ? {} : { propagationPolicy }),
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...(uid || resourceVersion ? { preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) } } : {}),
  }
}

/** What somebody who names no propagation may not expect; of a collection also where it is empty. */
export function warnOfOrphans(request: ApiRequest, { orphanWarning }: Strategy, { propagationPolicy, orphanDependents }: DeleteOptions): void {
  if (orphanWarning && propagationPolicy === undefined && orphanDependents === undefined) request.warn(orphanWarning)
}
