import type { TimePart } from '../../audit/audit-trail.ts'
import type { RequestContext } from './strategy.ts'

/** A write request as the store sees it. */
export interface WriteContext extends RequestContext {
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions as decoded. */
  readonly options: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
  /** Size of what was sent; default 0. */
  readonly bodyBytes?: number
  /** Adds to the audit event. */
  annotate(key: string, value: string): void
  /** For the audit event of a slow request. */
  readonly time?: TimePart
}
