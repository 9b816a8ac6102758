// The handler chain: what every request passes through before its handler, outermost first. One filter, one file.
//
//   panic-recovery    whatever is thrown further in becomes a Status; nothing is lost, nothing escapes
//   audit-id          names the request
//   request-info      parses path and method, once
//   metrics           counts and times, with bounded labels
//   drain             counts what is under way, so that a stop can wait for it     → 429, 503 while stopping
//   goaway            now and then asks an h2 client to connect anew (off by default)
//   audit-intake      begins the audit trail; records what authentication refuses     (only with auditing)
//   deadline          ends requests that are not long-running after the request timeout
//   authentication    who is it                                                    → 401
//   audit             asks the audit policy; records arrival and answer               (only with auditing)
//   impersonation     as whom does he act                                          → 400, 403
//   priority-and-fairness   is there room, and whose turn is it; without it: max-in-flight   → 429
//   authorization     may he                                                       → 403
//
// Source: k8s.io/apiserver pkg/server/config.go, DefaultBuildHandlerChain.
import type { ChainHandler } from './server-request.ts'

export interface Filter {
  readonly name: string
  /** A handler may throw instead of rejecting: those who look after failures await it within a `try`. Most requests pass most filters without a promise. */
  wrap(next: ChainHandler): ChainHandler
}

/** @param filters outermost first */
export function buildHandlerChain(filters: readonly Filter[], handler: ChainHandler): ChainHandler {
  return filters.reduceRight((next, filter) => filter.wrap(next), handler)
}
