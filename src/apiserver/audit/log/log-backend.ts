// Source: k8s.io/apiserver plugin/pkg/audit/log/backend.go.
import type { AuditBackend } from '../backend.ts'
import type { LossReport } from '../counts.ts'
import type { AuditEvent } from '../event.ts'
import type { LineWriter } from './line-writer.ts'

export type AuditLogFormat = 'json' | 'legacy'

/** One line per event. `process` resolves when the lines are written. */
export function logBackend(writer: LineWriter, format: AuditLogFormat, report: LossReport): AuditBackend {
  const lineOf = format === 'json' ? (event: AuditEvent) => `${event.json}\n` : (event: AuditEvent) => `${event.legacy}\n`
  const write = async (event: AuditEvent): Promise<boolean> => {
    const error = await writer.write(lineOf(event))
    if (error) report('log', error, [event])
    return error === undefined
  }
  return {
    process(events) {
      if (events.length === 1) return write(events[0]!)
      return Promise.all(events.map(write)).then((results) => results.every(Boolean))
    },
    close: () => writer.close(),
  }
}
