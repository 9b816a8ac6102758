// componentstatuses: deprecated, computed. The parts of this control plane report through their own health endpoints; what the
// API server can vouch for is its store. Source: kubernetes pkg/registry/core/componentstatus/rest.go.
import { ApiError, notFound } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KubeObject } from '../../../api/object.ts'
import { resourceFacts } from '../../../api/resource-facts.ts'
import { printerFor } from '../../tables/printer.ts'
import { tableDocument } from '../../tables/table.ts'
import type { ResourceHandlerDeps, SubresourceHandler } from '../deps.ts'
import { encode, includeObject, objectResponse } from '../encode.ts'
import { contentTypes, wantsPretty } from '../negotiation.ts'
import { listOffer, negotiateRequest, objectOffer } from '../offer.ts'
import { parseListQuery, validateListQuery } from '../query-options.ts'
import { requireMetadataFields, type Selectors, selectorsOf } from '../selection.ts'

const facts = resourceFacts.get('v1/componentstatuses')!

export const componentStatuses: SubresourceHandler = async (request, { deps }) => {
  request.warn('v1 ComponentStatus is deprecated in v1.19+')
  const negotiated = negotiateRequest(request, request.info.parts[1] ? objectOffer : listOffer)
  const known = [await storeStatus(deps)]
  const name = request.info.parts[1] ?? ''
  const printer = printerFor(facts, deps.clock)
  if (name) {
    const found = known.find(({ metadata }) => metadata.name === name)
    if (!found) throw notFound(facts, name)
    return objectResponse(deps.codec, request, negotiated, 200, { type: facts.type, object: found as unknown as JsonObject }, printer, '*core.ComponentStatus')
  }
  const query = parseListQuery(request.query)
  const selected = predicateOf(selectorsOf(query))
  validateListQuery(query, query.watch)
  if (query.watch || request.info.verb === 'watch') throw watchNotSupported()
  const statuses = known.filter(selected)
  const { format, conversion } = negotiated
  const pretty = wantsPretty(request.query, request.headers['user-agent'], negotiated)
  const headers = { 'content-type': contentTypes[format] }
  if (conversion?.kind === 'Table') {
    const table = tableDocument(printer, statuses, { version: conversion.version, includeObject: includeObject(request.query), metadata: {} })
    return { status: 200, headers, body: encode(deps.codec, '', table, format, pretty) }
  }
  const items = statuses.map(({ kind: _kind, apiVersion: _version, ...rest }) => rest)
  const list = { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items } as unknown as JsonObject
  return { status: 200, headers, body: encode(deps.codec, facts.listType!, list, format, pretty) }
}

/** @throws {ApiError} 400 */
function predicateOf({ labels, fields }: Selectors): (status: KubeObject) => boolean {
  requireMetadataFields(fields)
  return ({ metadata }) => labels.matches(metadata.labels) && fields.matches((key) => (key === 'metadata.name' ? metadata.name : ''))
}

const watchNotSupported = () =>
  new ApiError('MethodNotAllowed', `watch is not supported on resources of kind ${goQuote(facts.plural)}`, { details: { kind: facts.plural } })

async function storeStatus({ registry }: ResourceHandlerDeps): Promise<KubeObject & { readonly conditions: readonly object[] }> {
  const common = { kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name: 'etcd-0' } as KubeObject['metadata'] }
  try {
    await registry.store('v1/namespaces')!.storage.currentRevision()
    return { ...common, conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] }
  } catch (error) {
    return { ...common, conditions: [{ type: 'Healthy', status: 'False', error: error instanceof Error ? error.message : String(error) }] }
  }
}
