// Server-side apply. Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go (applyPatcher).
import { ApiError, badRequest, conflict } from '../../apimachinery/api-error.ts'
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import type { ApiRequest } from '../http/api-request.ts'
import { dedupOwnerReferences } from '../registry/generic/owner-references.ts'
import type { WriteOutcome } from '../registry/generic/store.ts'
import type { WriteContext } from '../registry/generic/store-context.ts'
import { type BodyKind, yamlErrors } from './body.ts'
import { withDefaults } from './create.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { checkNamespace } from './posted-metadata.ts'
import type { WriteQuery } from './query-options.ts'
import { readConfiguration } from './read-body.ts'
import { restored } from './restored.ts'
import { fromStored, type Scope } from './scope.ts'
import { checkName } from './update.ts'

export async function apply(
  deps: ResourceHandlerDeps,
  request: ApiRequest,
  scope: Scope,
  context: WriteContext,
  query: WriteQuery,
  body: Uint8Array,
): Promise<WriteOutcome> {
  const { info } = request
  const { configuration, complaints } = await readConfiguration(deps, body)
  return scope.store.update(
    context,
    info.name,
    async (live, turn) => {
      const merged = deps.fieldManagement.apply({
        ...scope.facts,
        subresource: info.subresource,
        live: live && (fromStored(scope, live) as unknown as JsonObject),
        patch: configuration,
        manager: query.fieldManager,
        force: query.force ?? false,
        namespace: info.namespace,
        name: info.name,
        nowMs: deps.clock.now(),
      })
      await turn?.()
      const object = typed(deps.codec, scope.facts, merged) as unknown as Mutable<KubeObject>
      reportComplaints(request, query, complaints)
      checkName(info.name, object)
      checkNamespace(scope.facts, info.namespace, object)
      if (!live && object.metadata.uid) {
        throw conflict(scope.facts, info.name, `uid mismatch: the provided object specified uid ${object.metadata.uid}, and no existing object was found`)
      }
      const warning = dedupOwnerReferences(object, false)
      if (warning) request.warn(warning)
      return withDefaults(deps, scope, object)
    },
    {
      forceCreate: true,
      ...(deps.authorizeCreate ? { beforeCreate: (created: KubeObject) => deps.authorizeCreate!(request, created) } : {}),
    },
  )
}

/** The merged object in canonical form. @throws {ApiError} 500 (as upstream) when a value is not what its type reads */
export function typed(codec: Codec, kind: BodyKind, merged: JsonObject): JsonObject {
  try {
    const { object } = restored(codec, kind, merged)
    object['metadata'] ??= {}
    return object
  } catch (error) {
    if (error instanceof DecodeError) throw new ApiError('', `failed to convert new typed object to object: ${error.message}`, { code: 500 })
    throw error
  }
}

/** Strict reading of a configuration finds repeated keys. @throws {ApiError} 400 under strict validation */
export function reportComplaints(request: ApiRequest, { fieldValidation }: WriteQuery, complaints: readonly string[]): void {
  if (fieldValidation === 'Strict' && complaints.length > 0) {
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${yamlErrors(complaints)}`)
  }
  if (fieldValidation === 'Warn') for (const complaint of complaints) request.warn(complaint)
}
