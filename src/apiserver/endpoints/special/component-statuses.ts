// componentstatuses: deprecated, asked of the parts of the control plane when somebody asks.
// Source: kubernetes pkg/registry/core/componentstatus/rest.go.
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

export interface ComponentHealth {
  readonly healthy: boolean
  readonly message: string
}

/** Asks one component. */
export type HealthOf = () => Promise<ComponentHealth>

/** @param components name -> whom to ask, beside the store */
export const componentStatuses =
  (components: ReadonlyMap<string, HealthOf>): SubresourceHandler =>
  async (request, { deps }) => {
    request.warn('v1 ComponentStatus is deprecated in v1.19+')
    const negotiated = negotiateRequest(request, request.info.parts[1] ? objectOffer : listOffer)
    const name = request.info.parts[1] ?? ''
    const asked = new Map([...components, [storeName, () => storeHealth(deps)] as const])
    const printer = printerFor(facts, deps.clock)
    if (name) {
      const health = asked.get(name)
      if (!health) throw notFound(facts, name)
      const found = statusOf(name, await health())
      return objectResponse(
        deps.codec,
        request,
        negotiated,
        200,
        { type: facts.type, object: found as unknown as JsonObject },
        printer,
        '*core.ComponentStatus',
      )
    }
    const query = parseListQuery(request.query)
    const selected = predicateOf(selectorsOf(query))
    validateListQuery(query, query.watch)
    if (query.watch || request.info.verb === 'watch') throw watchNotSupported()
    const statuses = (await Promise.all([...asked].map(async ([each, health]) => statusOf(each, await health())))).filter(selected)
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

const statusOf = (name: string, { healthy, message }: ComponentHealth): KubeObject & { readonly conditions: readonly object[] } => ({
  kind: 'ComponentStatus',
  apiVersion: 'v1',
  metadata: { name } as KubeObject['metadata'],
  conditions: [{ type: 'Healthy', status: healthy ? 'True' : 'False', message }],
})

/** The store's, as upstream calls it. */
const storeName = 'etcd-0'

async function storeHealth({ registry }: ResourceHandlerDeps): Promise<ComponentHealth> {
  try {
    await registry.store('v1/namespaces')!.storage.currentRevision()
    return { healthy: true, message: 'ok' }
  } catch (error) {
    return { healthy: false, message: error instanceof Error ? error.message : String(error) }
  }
}
