// Auditing as the whole server has it: counters always, filters and back ends only when there is a policy and somewhere to write to.
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import { systemRand } from '../../util/rand.ts'
import { type Auditing, newAuditing } from '../audit/auditing.ts'
import { AuditCounts, lossReport } from '../audit/counts.ts'
import { type AuditOptions, newAuditBackend } from '../audit/options.ts'
import type { MetricsSource } from '../generic-api-server.ts'
import { auditMetrics } from '../metrics/audit-metrics.ts'
import { versionInfo } from '../version.ts'

interface ServerAudit {
  readonly auditing: Auditing | undefined
  readonly metrics: readonly MetricsSource[]
}

/** @throws {Error} when the log file cannot be made */
export async function newServerAudit(
  options: AuditOptions | undefined,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<ServerAudit> {
  const counts = new AuditCounts()
  const userAgent = `kube-apiserver/${versionInfo.gitVersion} (${versionInfo.platform}) coxswain`
  const deps = { report: lossReport(counts, logger), clock, rand: systemRand, logger, userAgent }
  const backend = options && (await newAuditBackend(options, deps))
  const auditing = backend && newAuditing({ policy: options.policy, backend, counts, clock, logger })
  return { auditing, metrics: [() => auditMetrics(counts)] }
}
