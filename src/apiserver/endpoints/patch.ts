// PATCH. A patch is applied to the newest object; when that changes meanwhile, it is applied again.
// Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go.
import { notFound } from '../../apimachinery/api-error.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { dedupOwnerReferences } from '../registry/generic/owner-references.ts'
import { apply } from './apply.ts'
import { withDefaults } from './create.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { storedResponse } from './get.ts'
import { patchedDocument, readPatched } from './patch-document.ts'
import { lazyPatch, readPatchRequest } from './patch-request.ts'
import { checkNamespace } from './posted-metadata.ts'
import { fromStored, type Scope, toStored } from './scope.ts'
import { checkName } from './update.ts'
import { fieldManagerOf } from './write-context.ts'

export async function patch(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope): Promise<ApiResponse> {
  const { info } = request
  const { type, negotiated, body, query, context } = await readPatchRequest(deps, request)
  if (type === 'apply') {
    const outcome = await apply(deps, request, scope, context, query, body)
    return storedResponse(deps, request, scope, negotiated, outcome.created ? 201 : 200, outcome.entry, outcome.entry ? undefined : outcome.object)
  }
  const manager = fieldManagerOf(request, query.fieldManager)
  const parse = await lazyPatch(deps, type, body, query)
  const outcome = await scope.store.update(context, info.name, async (live, turn) => {
    // Only applying creates an object that is not there, also where an update would.
    if (!live) throw notFound(scope.facts, info.name)
    const parsed = parse()
    const current = fromStored(scope, live) as unknown as JsonObject
    const document = await patchedDocument(scope.facts, current, parsed, turn)
    const patched = readPatched(deps.codec, scope.facts, document, parsed, query.fieldValidation, (message) => request.warn(message))
    patched['metadata'] ??= {}
    const object = patched as unknown as Mutable<KubeObject>
    checkName(info.name, object)
    checkNamespace(scope.facts, info.namespace, object)
    const warning = dedupOwnerReferences(object, false)
    if (warning) request.warn(warning)
    const stored = withDefaults(deps, scope, object)
    await turn?.()
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
