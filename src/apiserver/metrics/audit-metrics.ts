// Upstream's metrics of auditing. Source: k8s.io/apiserver pkg/audit/metrics.go.
import type { AuditCounts } from '../audit/counts.ts'
import { Exposition, type MetricLabels } from '../../component-base/metrics/exposition.ts'

/** Text exposition format; without auditing they stand at zero. */
export function auditMetrics({ events, errors, levels, rejected }: AuditCounts): string {
  const out = new Exposition()
  const by = (label: string, counts: ReadonlyMap<string, number>) => [...counts].map(([value, count]): [MetricLabels, number] => [{ [label]: value }, count])
  out.counter('apiserver_audit_event_total', 'Audit events made and sent to the back ends.', [[{}, events]])
  out.counter('apiserver_audit_error_total', 'Audit events that could not be recorded, by the plugin that lost them.', by('plugin', errors))
  out.counter('apiserver_audit_level_total', 'Requests by the level that the audit policy has for them.', by('level', levels))
  out.counter('apiserver_audit_requests_rejected_total', 'Requests refused because their audit event could not be stored.', [[{}, rejected]])
  return out.toString()
}
