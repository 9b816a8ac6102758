// PATCH. A patch is applied to the newest object; when that changes meanwhile, it is applied again.
// Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go.
import { notFound } from '../../apimachinery/api-error.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import { auditPatch } from '../audit/bodies.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { dedupOwnerReferences } from '../registry/generic/owner-references.ts'
import { apply } from './apply.ts'
import { checkNamespace, withDefaults } from './create.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { storedResponse } from './get.ts'
import { negotiateRequest, objectOffer } from './offer.ts'
import { applyPatch, parsePatch, patchTypeOf } from './patch-document.ts'
import { writeQuery } from './query-options.ts'
import { fromStored, type Scope, toStored } from './scope.ts'
import { checkName } from './update.ts'
import { fieldManagerOf, writeContext } from './write-context.ts'

export async function patch(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope): Promise<ApiResponse> {
  const { info } = request
  const type = patchTypeOf(request.headers['content-type'], true)
  const negotiated = negotiateRequest(request, objectOffer)
  const body = await request.body()
  auditPatch(request, deps.codec, body, type)
  const query = writeQuery(request.query, type === 'apply' ? 'apply' : 'patch')
  const context = writeContext(deps, request, { name: info.name, dryRun: query.dryRun, options: query.options })
  if (type === 'apply') {
    const outcome = await apply(deps, request, scope, context, query, body)
    return storedResponse(deps, request, scope, negotiated, outcome.created ? 201 : 200, outcome.entry, outcome.entry ? undefined : outcome.object)
  }
  const manager = fieldManagerOf(request, query.fieldManager)
  let parsed: ReturnType<typeof parsePatch> | undefined
  const outcome = await scope.store.update(context, info.name, (live) => {
    // Only applying creates an object that is not there, also where an update would.
    if (!live) throw notFound(scope.facts, info.name)
    parsed ??= parsePatch(deps.codec, type, body)
    const current = fromStored(scope, live) as unknown as JsonObject
    const patched = applyPatch(deps.codec, scope.facts, current, parsed, query.fieldValidation, (message) => request.warn(message))
    patched['metadata'] ??= {}
    const object = patched as unknown as Mutable<KubeObject>
    checkName(info.name, object)
    checkNamespace(scope, info.namespace, object)
    const warning = dedupOwnerReferences(object, false)
    if (warning) request.warn(warning)
    const stored = withDefaults(deps, scope, object)
    const managed = deps.fieldManagement.update({
      ...scope.facts,
      subresource: info.subresource,
      live: current,
      object: fromStored(scope, stored) as unknown as JsonObject,
      manager,
      nowMs: deps.clock.now(),
    })
    return toStored(scope, managed as unknown as Mutable<KubeObject>)
  })
  return storedResponse(deps, request, scope, negotiated, 200, outcome.entry, outcome.entry ? undefined : outcome.object)
}
