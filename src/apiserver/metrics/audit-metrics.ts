// Source: k8s.io/apiserver pkg/audit/metrics.go.
import { Counter, type Registry } from 'prom-client'
import type { AuditCounts } from '../audit/counts.ts'

/** Adds upstream's metrics of auditing; without auditing they stand at zero. */
export function registerAuditMetrics(registry: Registry, counts: AuditCounts): void {
  const counter = (name: string, help: string, labelName: string | undefined, values: () => ReadonlyMap<string, number>) =>
    new Counter({
      name,
      help,
      labelNames: labelName === undefined ? [] : [labelName],
      registers: [registry],
      collect() {
        this.reset()
        for (const [value, count] of values()) this.inc(labelName === undefined ? {} : { [labelName]: value }, count)
      },
    })
  const single = (count: number) => new Map([['', count]])
  counter('apiserver_audit_event_total', 'Audit events made and sent to the back ends.', undefined, () => single(counts.events))
  counter('apiserver_audit_error_total', 'Audit events that could not be recorded, by the plugin that lost them.', 'plugin', () => counts.errors)
  counter('apiserver_audit_level_total', 'Requests by the level that the audit policy has for them.', 'level', () => counts.levels)
  counter('apiserver_audit_requests_rejected_total', 'Requests refused because their audit event could not be stored.', undefined, () =>
    single(counts.rejected),
  )
}
