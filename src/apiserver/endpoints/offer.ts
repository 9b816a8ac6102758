import type { TablePrinter } from '../tables/printer.ts'
import { printerFor } from '../tables/printer.ts'
import type { ApiRequest } from '../http/api-request.ts'
import { allFormats, negotiate, type Negotiated, type Offer } from './negotiation.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import type { Scope } from './scope.ts'

/** What the routes of stored resources offer. */
export const objectOffer: Offer = { formats: allFormats, conversions: 'all', watchable: false }
export const listOffer: Offer = { formats: allFormats, conversions: 'all', watchable: true }
/** Reviews and other answers that are no objects. */
export const plainOffer: Offer = { formats: allFormats, conversions: 'metadata', watchable: false }

export const negotiateRequest = (request: ApiRequest, offer: Offer): Negotiated => negotiate(request.headers['accept'], offer)

/** The printer of a scope's kind, when a Table was asked for. */
export function printerOf(deps: ResourceHandlerDeps, scope: Scope, { conversion }: Negotiated): TablePrinter | undefined {
  return conversion?.kind === 'Table' ? printerFor(scope.facts, deps.clock) : undefined
}
