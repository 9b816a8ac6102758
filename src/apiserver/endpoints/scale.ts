// The scale subresource: an autoscaling/v1 Scale read from, and written to, the replicas of another object.
// Source: kubernetes pkg/registry/apps/deployment/storage/storage.go (ScaleREST).
import { cloneJson } from '../../apimachinery/json-equal.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { conflict, isNotFound, notFound } from '../../apimachinery/api-error.ts'
import { invalid, newInvalid } from '../../apimachinery/field-errors.ts'
import type { ManagedFieldsEntry } from '../../api/meta/v1.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import type { SubresourceFacts } from '../../api/resource-facts.ts'
import { auditRequestObject } from '../audit/bodies.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { commonScaleAccess, scaleView } from '../registry/generic/scale-view.ts'
import type { ScaleAccess } from '../registry/generic/strategy.ts'
import type { WriteContext } from '../registry/generic/store-context.ts'
import type { Turn } from '../registry/generic/turns.ts'
import { reportComplaints, typed } from './apply.ts'
import type { BodyKind } from './body.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { objectResponse } from './encode.ts'
import { readEntry } from './get.ts'
import { bodyFormat, type Negotiated } from './negotiation.ts'
import { negotiateRequest, objectOffer } from './offer.ts'
import { patchedDocument, readPatched } from './patch-document.ts'
import { lazyPatch, readPatchRequest } from './patch-request.ts'
import { checkNamespace } from './posted-metadata.ts'
import { writeQuery } from './query-options.ts'
import { readConfiguration, readObject } from './read-body.ts'
import { parentEntries, scaleEntries } from './scale-ownership.ts'
import type { Scope } from './scope.ts'
import { printerFor } from '../tables/printer.ts'
import { checkName } from './update.ts'
import { fieldManagerOf, writeContext } from './write-context.ts'

interface Scale {
  readonly metadata: { readonly resourceVersion?: string; readonly uid?: string; readonly managedFields?: readonly ManagedFieldsEntry[] }
  readonly spec?: { readonly replicas?: number }
}

const scaleKind = { group: 'autoscaling', kind: 'Scale' }

const access = ({ store }: Scope): ScaleAccess<KubeObject> => store.strategy.scale ?? commonScaleAccess

/** Facts of the Scale kind. */
const kindOf = ({ group = '', version = 'v1', kind, type }: SubresourceFacts): BodyKind => ({ group, version, kind, type })

const scaleOf = (scope: Scope, object: KubeObject) => scaleView(access(scope), object) as unknown as JsonObject

const scaleResource = ({ facts }: Scope) => ({ group: facts.group, plural: `${facts.plural}/scale` })

/** How a scale that is not there is called: by what it belongs to, but for two kinds. */
function missingResource(scope: Scope): { readonly group: string; readonly plural: string } {
  if (scope.facts.kind === 'ReplicaSet') return scaleResource(scope)
  return scope.facts.kind === 'ReplicationController' ? { ...scaleResource(scope), group: 'autoscaling' } : scope.facts
}

export async function getScale(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope, facts: SubresourceFacts): Promise<ApiResponse> {
  const negotiated = negotiateRequest(request, objectOffer)
  const entry = await readEntry(request, scope).catch((error: unknown) => {
    throw isNotFound(error) ? notFound(missingResource(scope), request.info.name) : error
  })
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
  checkNamespace(scope.facts, info.namespace, scale)
  auditRequestObject(request, deps.codec, kind.type, () => scale as unknown as JsonObject, scale.metadata)
  checkName(info.name, scale)
  const context = writeContext(deps, request, { name: info.name, dryRun: query.dryRun, options: query.options })
  const owned = ownership(deps, kind, fieldManagerOf(request, query.fieldManager))
  const change = (current: JsonObject) => deps.fieldManagement.update({ ...owned, live: current, object: scale as unknown as JsonObject })
  const object = await write(scope, kind, context, change, scale.metadata.uid)
  return respond(deps, request, scope, kind, negotiated, object)
}

export async function patchScale(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope, facts: SubresourceFacts): Promise<ApiResponse> {
  const { info } = request
  const kind = kindOf(facts)
  const { type, negotiated, body, query, context } = await readPatchRequest(deps, request)
  if (type === 'apply') {
    const { configuration, complaints } = await readConfiguration(deps, body)
    const owned = ownership(deps, kind, query.fieldManager)
    const object = await write(scope, kind, context, (current) => {
      const applied = { live: current, patch: configuration, force: query.force ?? false, namespace: info.namespace, name: info.name }
      const scale = typed(deps.codec, kind, deps.fieldManagement.apply({ ...owned, ...applied }))
      reportComplaints(request, query, complaints)
      return checkPlace(request, scope, scale)
    })
    return respond(deps, request, scope, kind, negotiated, object)
  }
  const parse = await lazyPatch(deps, type, body, query)
  const owned = ownership(deps, kind, fieldManagerOf(request, query.fieldManager))
  const object = await write(scope, kind, context, async (current, turn) => {
    const parsed = parse()
    const document = await patchedDocument(kind, current, parsed, turn)
    const patched = readPatched(deps.codec, kind, document, parsed, query.fieldValidation, (message) => request.warn(message))
    return deps.fieldManagement.update({ ...owned, live: current, object: checkPlace(request, scope, patched) })
  })
  return respond(deps, request, scope, kind, negotiated, object)
}

/** @throws {ApiError} 400 when the scale is not that of the path */
function checkPlace({ info }: ApiRequest, scope: Scope, scale: JsonObject): JsonObject {
  scale['metadata'] ??= {}
  const object = scale as unknown as Mutable<KubeObject>
  checkName(info.name, object)
  checkNamespace(scope.facts, info.namespace, object)
  return scale
}

/** What the field manager is told of every write of a scale. */
const ownership = ({ clock }: ResourceHandlerDeps, { group, version, kind, type }: BodyKind, manager: string) => ({
  group,
  version,
  kind,
  plural: 'scales',
  type,
  subresource: 'scale',
  manager,
  nowMs: clock.now(),
})

/** @param change from the scale as it is to the scale that is wanted, each with its owners @param uid of the object that is meant */
async function write(
  scope: Scope,
  kind: BodyKind,
  context: WriteContext,
  change: (current: JsonObject, turn: Turn | undefined) => JsonObject | Promise<JsonObject>,
  uid?: string,
): Promise<KubeObject> {
  const transform = async (found: KubeObject | undefined, turn: Turn | undefined) => {
    const live = found!
    const owners = live.metadata.managedFields ?? []
    const current = withOwners(scaleOf(scope, live), scaleEntries(owners))
    const scale = (await change(current, turn)) as unknown as Scale
    const replicas = scale.spec?.replicas ?? 0
    if (replicas < 0) throw newInvalid(scaleKind, context.name, [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')])
    const { uid, resourceVersion = '', managedFields = [] } = scale.metadata
    if (uid && uid !== live.metadata.uid) {
      throw conflict(scaleResource(scope), context.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`)
    }
    const object = cloneJson(live as unknown as JsonObject) as unknown as Mutable<KubeObject>
    access(scope).setReplicas(object, replicas)
    object.metadata.resourceVersion = resourceVersion
    const entries = parentEntries(owners, managedFields, scope.store.apiVersion)
    return withOwners(object as unknown as JsonObject, entries) as unknown as Mutable<KubeObject>
  }
  const outcome = await scope.store.update(context, context.name, transform, { uid })
  return outcome.object
}

function withOwners(object: JsonObject, entries: readonly ManagedFieldsEntry[]): JsonObject {
  const { managedFields: _, ...metadata } = object['metadata'] as JsonObject
  return { ...object, metadata: { ...metadata, ...(entries.length > 0 ? { managedFields: entries as unknown as JsonObject[] } : {}) } }
}

function respond(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope, kind: BodyKind, negotiated: Negotiated, object: KubeObject): ApiResponse {
  const answer = { type: kind.type, object: deps.codec.canonical(kind.type, scaleOf(scope, object)) }
  return objectResponse(deps.codec, request, negotiated, 200, answer, printerFor(scaleKind, deps.clock), '*autoscaling.Scale')
}
