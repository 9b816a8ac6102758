// PUT: replaces an object, or a subresource's part of it. Source: k8s.io/apiserver pkg/endpoints/handlers/update.go.
import { badRequest } from '../../apimachinery/api-error.ts'
import { cloneJson } from '../../apimachinery/json-equal.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import { auditRequestObject } from '../audit/bodies.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { dedupOwnerReferences } from '../registry/generic/owner-references.ts'
import { withDefaults } from './create.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { storedResponse } from './get.ts'
import { bodyFormat } from './negotiation.ts'
import { negotiateRequest, objectOffer } from './offer.ts'
import { checkNamespace } from './posted-metadata.ts'
import { writeQuery } from './query-options.ts'
import { readObject } from './read-body.ts'
import { fromStored, type Scope, toStored } from './scope.ts'
import { fieldManagerOf, writeContext } from './write-context.ts'

export async function update(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope): Promise<ApiResponse> {
  const { info } = request
  const negotiated = negotiateRequest(request, objectOffer)
  const body = await request.body()
  const query = writeQuery(request.query, 'update')
  const format = bodyFormat(request.headers['content-type'])
  const object = await readObject(deps, request, body, format, scope.facts, query.fieldValidation)
  checkNamespace(scope.facts, info.namespace, object)
  checkName(info.name, object)
  const warning = dedupOwnerReferences(object, false)
  if (warning) request.warn(warning)
  const stored = withDefaults(deps, scope, object)
  auditRequestObject(request, deps.codec, scope.facts.type, () => fromStored(scope, stored) as unknown as JsonObject, object.metadata)
  const context = writeContext(deps, request, { name: info.name, dryRun: query.dryRun, options: query.options, bodyBytes: body.length })
  const manager = fieldManagerOf(request, query.fieldManager)
  const outcome = await scope.store.update(
    context,
    info.name,
    async (live, turn) => {
      await turn?.()
      const managed = deps.fieldManagement.update({
        ...scope.facts,
        subresource: info.subresource,
        live: live && (fromStored(scope, live) as unknown as JsonObject),
        object: cloneJson(fromStored(scope, stored) as unknown as JsonObject),
        manager,
        nowMs: deps.clock.now(),
      })
      return toStored(scope, managed as unknown as Mutable<KubeObject>)
    },
    { uid: stored.metadata.uid, ...(deps.authorizeCreate ? { beforeCreate: (created: KubeObject) => deps.authorizeCreate!(request, created) } : {}) },
  )
  return storedResponse(deps, request, scope, negotiated, outcome.created ? 201 : 200, outcome.entry, outcome.entry ? undefined : outcome.object)
}

/** @throws {ApiError} 400 when body and path disagree */
export function checkName(name: string, { metadata }: KubeObject): void {
  if (!metadata?.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
}
