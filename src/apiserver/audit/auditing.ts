// Auditing as the API server composes it: a policy, back ends, two filters, an end.
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { Filter } from '../http/handler-chain.ts'
import type { AuditBackend } from './backend.ts'
import type { AuditCounts } from './counts.ts'
import { auditFilters } from './filters.ts'
import { type AuditPolicy, policyEvaluator } from './policy/evaluate.ts'
import type { RequestAudit } from './request-audit.ts'

export interface Auditing {
  /** Outside of authentication. */
  readonly intake: Filter
  /** Right inside of authentication. */
  readonly audit: Filter
  /** Waits for the last events of requests that are ending, then flushes. No request may come after it. Never rejects. */
  close(): Promise<void>
}

export interface AuditingOptions {
  readonly policy: AuditPolicy
  readonly backend: AuditBackend
  readonly counts: AuditCounts
  readonly clock: Clock
  readonly logger: Logger
}

/** How long requests that were cut off may take to be recorded when the server stops. */
const endingMsMax = 5_000
/** A wall clock that has been set: timestamps follow it. */
const driftMsMax = 2

export function newAuditing({ policy, backend, counts, clock, logger }: AuditingOptions): Auditing {
  const open = new Set<RequestAudit>()
  let whenNoneIsOpen: (() => void) | undefined
  const filters = auditFilters(
    {
      evaluate: policyEvaluator(policy),
      backend,
      counts,
      logger,
      now: fineClock(clock),
      ended(trail) {
        open.delete(trail)
        if (open.size === 0) whenNoneIsOpen?.()
      },
    },
    (trail) => void open.add(trail),
  )
  return {
    ...filters,
    async close() {
      if (open.size > 0) {
        const { promise, resolve } = Promise.withResolvers<void>()
        whenNoneIsOpen = resolve
        const timer = clock.after(endingMsMax, resolve)
        await promise
        timer.cancel()
      }
      await backend.close()
    },
  }
}

/** The wall clock with the resolution of the monotonic one. */
function fineClock(clock: Clock): () => number {
  let offsetMs = clock.now() - clock.monotonic()
  return () => {
    const wallMs = clock.now()
    const ms = clock.monotonic() + offsetMs
    if (Math.abs(wallMs - ms) <= driftMsMax) return ms
    offsetMs += wallMs - ms
    return wallMs
  }
}
