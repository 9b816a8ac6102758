// POST of a new object. Source: k8s.io/apiserver pkg/endpoints/handlers/create.go.
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import { auditRequestObject } from '../audit/bodies.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { dedupOwnerReferences } from '../registry/generic/owner-references.ts'
import { turnFor } from '../registry/generic/turns.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { applyAllDefaults } from './defaults.ts'
import { storedResponse } from './get.ts'
import { bodyFormat, type Negotiated } from './negotiation.ts'
import { negotiateRequest, objectOffer } from './offer.ts'
import { checkNamespace, wipeSystemFields } from './posted-metadata.ts'
import { writeQuery } from './query-options.ts'
import { readObject } from './read-body.ts'
import { fromStored, type Scope, toStored } from './scope.ts'
import type { Repetition } from './series/series-memory.ts'
import { seriesRequest } from './series/series-request.ts'
import { fieldManagerOf, writeContext } from './write-context.ts'

export async function create(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope): Promise<ApiResponse> {
  const negotiated = negotiateRequest(request, objectOffer)
  const format = bodyFormat(request.headers['content-type'])
  const body = await request.body()
  const series = deps.seriesOf(scope)
  const sent = series && seriesRequest(request, format, body)
  const met = sent && series.meet(sent)
  const repetition = met && series.repeat(met, deps.clock.now())
  if (repetition) return createKnown(deps, request, scope, negotiated, repetition)
  const query = writeQuery(request.query, 'create')
  const object = await readObject(deps, request, body, format, scope.facts, query.fieldValidation)
  checkNamespace(scope.facts, request.info.namespace, object)
  wipeSystemFields(object)
  const warning = dedupOwnerReferences(object, false)
  if (warning) request.warn(warning)
  const stored = withDefaults(deps, scope, object)
  auditRequestObject(request, deps.codec, scope.facts.type, () => fromStored(scope, stored) as unknown as JsonObject, object.metadata)
  await turnFor(body.length)?.()
  const managed = deps.fieldManagement.update({
    ...scope.facts,
    subresource: '',
    live: undefined,
    object: fromStored(scope, stored) as unknown as JsonObject,
    manager: fieldManagerOf(request, query.fieldManager),
    nowMs: deps.clock.now(),
  })
  const { name = '' } = object.metadata
  const context = writeContext(deps, request, { name, dryRun: query.dryRun, options: query.options, bodyBytes: body.length })
  const annotations: (readonly [string, string])[] = []
  const learned = met && series.observe(met, (first) => scope.store.creationInputs(context, first))
  const annotate = (key: string, value: string) => {
    annotations.push([key, value])
    context.annotate(key, value)
  }
  const outcome = await scope.store.create(learned ? { ...context, annotate } : context, toStored(scope, managed as unknown as Mutable<KubeObject>))
  if (outcome.entry) learned?.(name, outcome.entry, { warnings: request.warnings.texts, annotations })
  return storedResponse(deps, request, scope, negotiated, 201, outcome.entry, outcome.entry ? undefined : outcome.object)
}

/** The next one of a series. */
async function createKnown(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope, negotiated: Negotiated, next: Repetition): Promise<ApiResponse> {
  const { namespace } = request.info
  request.audit?.requestObject({ name: next.name, namespace }, () => '')
  for (const warning of next.warnings) request.warn(warning)
  for (const [key, value] of next.annotations) request.audit?.annotate(key, value)
  const entry = await scope.store.createKnown(
    next.name === '',
    () => next.make(),
    (part) => request.audit?.time(part),
  )
  return storedResponse(deps, request, scope, negotiated, 201, entry, undefined)
}

/** The decoded object in its stored version, with all defaults. */
export function withDefaults(deps: ResourceHandlerDeps, scope: Scope, object: Mutable<KubeObject>): Mutable<KubeObject> {
  if (scope.conversion) deps.codec.applyDefaults(scope.facts.type, object as unknown as JsonObject)
  const stored = toStored(scope, object)
  applyAllDefaults(deps, scope, stored)
  return stored
}
