// The scale subresource: an autoscaling/v1 Scale read from, and written to, the replicas of another object.
// Source: kubernetes pkg/registry/apps/deployment/storage/storage.go (ScaleREST).
import { cloneJson } from '../../apimachinery/json-equal.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { conflict } from '../../apimachinery/api-error.ts'
import { invalid, newInvalid } from '../../apimachinery/field-errors.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import type { SubresourceFacts } from '../../api/resource-facts.ts'
import { auditRequestObject } from '../audit/bodies.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { commonScaleAccess, scaleView } from '../registry/generic/scale-view.ts'
import type { ScaleAccess } from '../registry/generic/strategy.ts'
import type { WriteContext } from '../registry/generic/store-context.ts'
import type { Turn } from '../registry/generic/turns.ts'
import { apply } from './apply.ts'
import type { BodyKind } from './body.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { objectResponse } from './encode.ts'
import { bodyFormat, type Negotiated } from './negotiation.ts'
import { negotiateRequest, objectOffer } from './offer.ts'
import { patchedDocument, readPatched } from './patch-document.ts'
import { lazyPatch, readPatchRequest } from './patch-request.ts'
import { writeQuery } from './query-options.ts'
import { readObject } from './read-body.ts'
import { scaleEntries, withScaleOwners } from './scale-ownership.ts'
import type { Scope } from './scope.ts'
import { printerFor } from '../tables/printer.ts'
import { checkName } from './update.ts'
import { fieldManagerOf, writeContext } from './write-context.ts'

interface Scale {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string; readonly uid?: string }
  readonly spec?: { readonly replicas?: number }
}

const scaleKind = { group: 'autoscaling', kind: 'Scale' }

const access = ({ store }: Scope): ScaleAccess<KubeObject> => store.strategy.scale ?? commonScaleAccess

/** Facts of the Scale kind. */
const kindOf = ({ group = '', version = 'v1', kind, type }: SubresourceFacts): BodyKind => ({ group, version, kind, type })

const scaleOf = (scope: Scope, object: KubeObject) => scaleView(access(scope), object) as unknown as JsonObject

export async function getScale(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope, facts: SubresourceFacts): Promise<ApiResponse> {
  const negotiated = negotiateRequest(request, objectOffer)
  const entry = await scope.store.get(request.info.namespace, request.info.name)
  return respond(deps, request, scope, kindOf(facts), negotiated, entry.object() as unknown as KubeObject)
}

export async function updateScale(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope, facts: SubresourceFacts): Promise<ApiResponse> {
  const { info } = request
  const kind = kindOf(facts)
  const negotiated = negotiateRequest(request, objectOffer)
  const body = await request.body()
  const query = writeQuery(request.query, 'update')
  const format = bodyFormat(request.headers['content-type'])
  const scale = await readObject(deps, request, body, format, kind, query.fieldValidation)
  auditRequestObject(request, deps.codec, kind.type, () => scale as unknown as JsonObject, scale.metadata)
  checkName(info.name, scale)
  const context = writeContext(deps, request, { name: info.name, dryRun: query.dryRun, options: query.options })
  const manager = fieldManagerOf(request, query.fieldManager)
  const object = await write(deps, scope, context, manager, () => scale as unknown as Scale)
  return respond(deps, request, scope, kind, negotiated, object)
}

export async function patchScale(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope, facts: SubresourceFacts): Promise<ApiResponse> {
  const { info } = request
  const kind = kindOf(facts)
  const { type, negotiated, body, query, context } = await readPatchRequest(deps, request)
  if (type === 'apply') {
    // What is applied to the scale is applied to the object's replicas.
    const outcome = await apply(deps, request, scope, context, query, body, (configuration) => ({
      apiVersion: scope.store.apiVersion,
      kind: scope.facts.kind,
      metadata: configuration['metadata'] ?? {},
      spec: configuration['spec'] ?? {},
    }))
    return respond(deps, request, scope, kind, negotiated, outcome.object)
  }
  const parsed = (await lazyPatch(deps, type, body))()
  const object = await write(deps, scope, context, fieldManagerOf(request, query.fieldManager), async (live, turn) => {
    const current = scaleOf(scope, live)
    const owners = scaleEntries(live) as unknown as JsonObject[]
    const metadata = { ...(current['metadata'] as JsonObject), ...(owners.length > 0 ? { managedFields: owners } : {}) }
    const document = await patchedDocument(kind, { ...current, metadata }, parsed, turn)
    const patched = readPatched(deps.codec, kind, document, parsed, query.fieldValidation, (message) => request.warn(message))
    checkName(info.name, patched as unknown as KubeObject)
    return patched as unknown as Scale
  })
  return respond(deps, request, scope, kind, negotiated, object)
}

async function write(
  deps: ResourceHandlerDeps,
  scope: Scope,
  context: WriteContext,
  manager: string,
  wanted: (live: KubeObject, turn: Turn | undefined) => Scale | Promise<Scale>,
): Promise<KubeObject> {
  const outcome = await scope.store.update(context, context.name, async (live, turn) => {
    const scale = await wanted(live!, turn)
    const replicas = scale.spec?.replicas ?? 0
    if (replicas < 0) throw newInvalid(scaleKind, context.name, [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')])
    const { uid, resourceVersion } = scale.metadata
    if (uid && uid !== live!.metadata.uid) {
      throw conflict(scope.facts, context.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live!.metadata.uid}`)
    }
    const object = cloneJson(live as unknown as JsonObject) as unknown as Mutable<KubeObject>
    access(scope).setReplicas(object, replicas)
    object.metadata.resourceVersion = resourceVersion ?? ''
    const managed = deps.fieldManagement.update({
      ...scope.facts,
      subresource: 'scale',
      live: live as unknown as JsonObject,
      object: object as unknown as JsonObject,
      manager,
      nowMs: deps.clock.now(),
    }) as unknown as Mutable<KubeObject>
    return withScaleOwners(managed)
  })
  return outcome.object
}

function respond(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope, kind: BodyKind, negotiated: Negotiated, object: KubeObject): ApiResponse {
  const answer = { type: kind.type, object: deps.codec.canonical(kind.type, scaleOf(scope, object)) }
  return objectResponse(deps.codec, request, negotiated, 200, answer, printerFor(scaleKind, deps.clock), '*autoscaling.Scale')
}
