// DELETE of one object. Source: k8s.io/apiserver pkg/endpoints/handlers/delete.go (DeleteResource).
import { forbidden, type Status } from '../../apimachinery/api-error.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { auditStatus } from '../audit/bodies.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { deleteOptions, warnOfOrphans } from './delete-options.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { encode } from './encode.ts'
import { storedResponse } from './get.ts'
import { contentTypes, wantsPretty } from './negotiation.ts'
import { negotiateRequest, objectOffer } from './offer.ts'
import type { Scope } from './scope.ts'
import { writeContext } from './write-context.ts'

export const statusType = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status'

export async function remove(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope): Promise<ApiResponse> {
  const { info } = request
  const negotiated = negotiateRequest(request, objectOffer)
  const options = await deleteOptions(deps, request)
  const context = writeContext(deps, request, {
    name: info.name,
    dryRun: Boolean(options.dryRun?.length),
    options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...options },
  })
  const refusal = scope.store.strategy.refuseDelete?.(info.name)
  if (refusal) throw forbidden(scope.facts, info.name, refusal)
  warnOfOrphans(request, scope.store.strategy, options)
  const outcome = await scope.store.delete(context, info.name, options)
  // Clients of old that asked to cascade are told that the object is still there.
  const answerStatus = !outcome.gone && options.orphanDependents === false ? 202 : 200
  if (outcome.answerObject) return storedResponse(deps, request, scope, negotiated, answerStatus, outcome.entry, outcome.object)
  const status: JsonObject = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: info.name,
      ...(scope.facts.group ? { group: scope.facts.group } : {}),
      kind: scope.facts.plural,
      uid: outcome.object.metadata.uid!,
    },
  }
  auditStatus(request, deps.codec, status as unknown as Status)
  const pretty = wantsPretty(request.query, request.headers['user-agent'], negotiated)
  return {
    status: 200,
    headers: { 'content-type': contentTypes[negotiated.format] },
    body: encode(deps.codec, statusType, status, negotiated.format, pretty),
  }
}
