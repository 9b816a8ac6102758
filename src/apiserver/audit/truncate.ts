// Keeps events and batches below what a back end takes. Source: k8s.io/apiserver plugin/pkg/audit/truncate/truncate.go.
import { allRecorded, type AuditBackend } from './backend.ts'
import type { LossReport } from './counts.ts'
import { AuditEvent } from './event.ts'
import { atLeast } from './level.ts'

export interface TruncateOptions {
  /** Beyond it an event loses its request and response; one that is still larger is dropped. */
  readonly eventBytesMax: number
  /** Beyond it a batch is split. */
  readonly batchBytesMax: number
}

/** Marks events that have lost a body. */
export const truncatedAnnotation = 'audit.k8s.io/truncated'

export function truncateBackend(delegate: AuditBackend, { eventBytesMax, batchBytesMax }: TruncateOptions, report: LossReport): AuditBackend {
  const fit = (event: AuditEvent) => (event.byteLength > eventBytesMax && atLeast(event.fields.level, 'Request') ? withoutBodies(event) : event)
  return {
    process(events) {
      const fitting = events.map(fit)
      const kept = fitting.filter((event) => event.byteLength <= eventBytesMax)
      if (kept.length < fitting.length) {
        const lost = fitting.filter((event) => event.byteLength > eventBytesMax)
        report('truncate', new Error('event is too large even after truncating'), lost)
      }
      return allRecorded(batches(kept, batchBytesMax).map((batch) => delegate.process(batch)))
    },
    close: () => delegate.close(),
  }
}

function withoutBodies({ fields }: AuditEvent): AuditEvent {
  return new AuditEvent({
    ...fields,
    requestObject: undefined,
    responseObject: undefined,
    annotations: new Map([...fields.annotations, [truncatedAnnotation, 'true']]),
  })
}

function batches(events: readonly AuditEvent[], bytesMax: number): AuditEvent[][] {
  const all: AuditEvent[][] = []
  let bytes = Infinity
  for (const event of events) {
    if (bytes + event.byteLength > bytesMax) {
      all.push([])
      bytes = 0
    }
    all.at(-1)!.push(event)
    bytes += event.byteLength
  }
  return all
}
