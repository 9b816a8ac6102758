// What auditing counts, as plain numbers: they are touched at every request and read at a scrape (metrics/audit-metrics.ts).
import type { Logger } from '../../component-base/logger.ts'
import type { AuditEvent } from './event.ts'
import type { Level } from './level.ts'

/** Events of which an error message says what they were. */
const impactedShownMax = 10

export class AuditCounts {
  /** Events handed to the back ends. */
  events = 0
  /** Requests refused because their audit could not be stored. */
  rejected = 0
  /** Requests per level that the policy has for them. */
  readonly levels = new Map<Level, number>()
  /** Plugin -> events that it has lost. */
  readonly errors = new Map<string, number>()

  level(level: Level): void {
    this.levels.set(level, (this.levels.get(level) ?? 0) + 1)
  }

  error(plugin: string, events: number): void {
    this.errors.set(plugin, (this.errors.get(plugin) ?? 0) + events)
  }
}

/** Told of events that a plugin could not record. */
export type LossReport = (plugin: string, error: unknown, impacted: readonly AuditEvent[]) => void

/** Counts what is lost, and says so in the log with the events' one-line form. Source: pkg/audit/metrics.go (HandlePluginError). */
export const lossReport =
  (counts: AuditCounts, logger: Logger): LossReport =>
  (plugin, error, impacted) => {
    counts.error(plugin, impacted.length)
    const shown = impacted.slice(0, impactedShownMax).map((event) => event.legacy)
    logger.error('Error in audit plugin', error, { plugin, events: impacted.length, impacted: shown })
  }
