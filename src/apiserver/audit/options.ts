// From configuration to back ends: mode around target, truncation around mode, as upstream nests them.
// Source: k8s.io/apiserver pkg/server/options/audit.go.
import type { HttpsTransportOptions } from '../../client/transport/https.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { Rand } from '../../util/rand.ts'
import { type AuditBackend, ignoreErrors, unionBackend } from './backend.ts'
import { type BatchOptions, bufferedBackend } from './buffered.ts'
import type { LossReport } from './counts.ts'
import type { BackupLimits } from './log/backups.ts'
import { streamWriter } from './log/line-writer.ts'
import { type AuditLogFormat, logBackend } from './log/log-backend.ts'
import { RotatingFile } from './log/rotating-file.ts'
import type { AuditPolicy } from './policy/evaluate.ts'
import { type TruncateOptions, truncateBackend } from './truncate.ts'
import { newPoster } from './webhook/post.ts'
import { webhookBackend } from './webhook/webhook-backend.ts'

/** How events get to a target. `blocking`: requests wait for it; `blocking-strict`: and are refused when it fails; `batch`: neither. */
export interface AuditDelivery {
  readonly mode: 'batch' | 'blocking' | 'blocking-strict'
  /** For mode `batch`. */
  readonly batch: BatchOptions
  readonly truncate?: TruncateOptions
}

export interface AuditLogOptions extends AuditDelivery, BackupLimits {
  /** `-` is standard output. */
  readonly path: string
  readonly format: AuditLogFormat
  /** 0 stands for lumberjack's default of 100. */
  readonly maxSizeMegabytes: number
}

export interface AuditWebhookOptions extends AuditDelivery {
  readonly target: HttpsTransportOptions
  readonly initialBackoffMs: number
}

export interface AuditOptions {
  readonly policy: AuditPolicy
  /** Without log and webhook nothing is recorded, whatever the policy says. */
  readonly log?: AuditLogOptions
  readonly webhook?: AuditWebhookOptions
}

interface BackendDeps {
  readonly report: LossReport
  readonly clock: Clock
  readonly rand: Rand
  readonly logger: Logger
  readonly userAgent: string
}

const maxSizeMegabytesDefault = 100

/** @throws {Error} when the log file cannot be made */
export async function newAuditBackend({ log, webhook }: AuditOptions, deps: BackendDeps): Promise<AuditBackend | undefined> {
  const backends: AuditBackend[] = []
  if (log) backends.push(deliver(logBackend(await writer(log, deps), log.format, deps.report), log, deps))
  if (webhook) {
    const poster = newPoster(webhook.target, deps.userAgent)
    const { initialBackoffMs } = webhook
    backends.push(deliver(webhookBackend({ poster, initialBackoffMs, clock: deps.clock, rand: deps.rand }, deps.report), webhook, deps))
  }
  return backends.length > 0 ? unionBackend(backends) : undefined
}

async function writer({ path, maxSizeMegabytes, ...limits }: AuditLogOptions, { clock, logger }: BackendDeps) {
  if (path === '-') return streamWriter(process.stdout)
  const bytesMax = (maxSizeMegabytes || maxSizeMegabytesDefault) * 1024 * 1024
  try {
    return await RotatingFile.open({ path, bytesMax, ...limits }, clock, (error) => logger.error('Old audit logs were not tidied up', error))
  } catch (cause) {
    throw new Error(`ensureLogFile: ${(cause as Error).message}`, { cause })
  }
}

function deliver(target: AuditBackend, { mode, batch, truncate }: AuditDelivery, { clock, report }: BackendDeps): AuditBackend {
  const inMode = mode === 'blocking-strict' ? target : mode === 'blocking' ? ignoreErrors(target) : bufferedBackend(target, batch, clock, report)
  return truncate ? truncateBackend(inMode, truncate, report) : inMode
}
