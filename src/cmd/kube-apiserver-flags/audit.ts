// Auditing's flags, under upstream's names and with its checks. Source: k8s.io/apiserver pkg/server/options/audit.go.
import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { boolFlag } from '../bool-flag.ts'
import { durationMs } from '../../apimachinery/duration/duration.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { AuditDelivery, AuditLogOptions, AuditOptions, AuditWebhookOptions } from '../../apiserver/audit/options.ts'
import type { AuditPolicy } from '../../apiserver/audit/policy/evaluate.ts'
import { loadPolicy } from '../../apiserver/audit/policy/policy.ts'
import { connectionOf } from '../../client/kubeconfig/connection.ts'
import { loadKubeconfig, readKubeconfig } from '../../client/kubeconfig/files.ts'
import type { Logger } from '../../component-base/logger.ts'

/** What differs for a command of its own: `cox server` audits unless told otherwise. */
export interface AuditDefaults {
  readonly logPath: string
  readonly maxAge: string
  readonly maxBackup: string
  readonly maxSize: string
}

type Flags = Readonly<Record<string, string | undefined>>

interface TargetDefaults {
  readonly name: 'log' | 'webhook'
  readonly mode: string
  readonly batchMax: string
  readonly waitFor: string
  readonly throttle: readonly [enable: string, qps: string, burst: string]
}

const modes = ['batch', 'blocking', 'blocking-strict'] as const
const formats = ['legacy', 'json'] as const
const upstreamDefaults: AuditDefaults = { logPath: '', maxAge: '0', maxBackup: '0', maxSize: '0' }
/** Batching is of no use to a file. */
const log: TargetDefaults = { name: 'log', mode: 'blocking', batchMax: '1', waitFor: '0s', throttle: ['false', '0', '0'] }
const webhook: TargetDefaults = { name: 'webhook', mode: 'batch', batchMax: '400', waitFor: '30s', throttle: ['true', '10', '15'] }

export function addAuditFlags(command: Command, defaults: AuditDefaults = upstreamDefaults): Command {
  command
    .option('--audit-policy-file <file>', 'which requests are audited, and how much of them (audit.k8s.io/v1 Policy)')
    .option('--audit-log-path <file>', 'audit log; - is standard output, empty means none', defaults.logPath)
    .option('--audit-log-maxage <days>', 'how long old audit logs are kept; 0: for ever', defaults.maxAge)
    .option('--audit-log-maxbackup <n>', 'how many old audit logs are kept; 0: all', defaults.maxBackup)
    .option('--audit-log-maxsize <megabytes>', 'size at which an audit log is put aside; 0: 100', defaults.maxSize)
    .addOption(boolFlag('--audit-log-compress', 'whether old audit logs are compressed with gzip', false))
    .option('--audit-log-format <format>', `form of the lines: ${formats.join(', ')}`, 'json')
  addTargetFlags(command, log)
  command
    .option('--audit-webhook-config-file <file>', 'kubeconfig of a receiver of audit events', '')
    .option('--audit-webhook-initial-backoff <duration>', 'how long to wait before a failed list of events is sent again', '10s')
    .addOption(new Option('--audit-webhook-batch-initial-backoff <duration>', 'deprecated: use --audit-webhook-initial-backoff').hideHelp())
  return addTargetFlags(command, webhook)
}

function addTargetFlags(command: Command, { name, mode, batchMax, waitFor, throttle: [enable, qps, burst] }: TargetDefaults): Command {
  const flag = `--audit-${name}`
  return command
    .option(`${flag}-version <group/version>`, 'version of the events', 'audit.k8s.io/v1')
    .option(`${flag}-mode <mode>`, `whether answers wait for their audit events: ${modes.join(', ')}`, mode)
    .option(`${flag}-batch-buffer-size <n>`, 'events that wait at most, those beyond are dropped (batch mode)', '10000')
    .option(`${flag}-batch-max-size <n>`, 'events of one batch (batch mode)', batchMax)
    .option(`${flag}-batch-max-wait <duration>`, 'how long an incomplete batch waits for more (batch mode)', waitFor)
    .option(`${flag}-batch-throttle-enable [bool]`, 'whether the rate of batches is limited (batch mode)', enable)
    .option(`${flag}-batch-throttle-qps <n>`, 'batches per second on average (batch mode)', qps)
    .option(`${flag}-batch-throttle-burst <n>`, 'batches at once (batch mode)', burst)
    .option(`${flag}-truncate-enabled [bool]`, 'whether large events are cut down and large batches are split', 'false')
    .option(`${flag}-truncate-max-batch-size <bytes>`, 'size beyond which a batch is split', '10485760')
    .option(`${flag}-truncate-max-event-size <bytes>`, 'size beyond which an event loses its request and response, and then is dropped', '102400')
}

/**
 * Reads the files that the flags name.
 * @param fallback policy when no file is given; without one nothing is audited
 * @throws {Error} for flags and files that make no sense, in upstream's words
 */
export async function auditOptionsOf(flags: object, logger: Logger, fallback?: AuditPolicy): Promise<AuditOptions | undefined> {
  const given = flags as Flags
  const logOptions = given['auditLogPath'] ? logOptionsOf(given) : undefined
  const webhookOptions = given['auditWebhookConfigFile'] ? await webhookOptionsOf(given) : undefined
  const policy = given['auditPolicyFile'] ? await readPolicy(given['auditPolicyFile'], logger) : fallback
  for (const [target, options] of [
    ['log', logOptions],
    ['webhook', webhookOptions],
  ] as const) {
    if (options && !policy) logger.info('No audit policy file provided, no events will be recorded', { backend: target })
  }
  if (!policy || (!logOptions && !webhookOptions)) return undefined
  return { policy, ...(logOptions ? { log: logOptions } : {}), ...(webhookOptions ? { webhook: webhookOptions } : {}) }
}

async function readPolicy(file: string, logger: Logger): Promise<AuditPolicy> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new Error(`loading audit policy file: failed to read file path ${goQuote(file)}: ${cause.message}`, { cause })
  })
  try {
    return loadPolicy(text, (message) => logger.warn(message, { file }))
  } catch (cause) {
    throw new Error(`loading audit policy file: ${(cause as Error).message}: from file ${file}`, { cause })
  }
}

function logOptionsOf(flags: Flags): AuditLogOptions {
  const format = flags['auditLogFormat']!
  if (!isOneOf(formats, format)) throw new Error(`invalid audit log format ${format}, allowed formats are ${goQuote(formats.join(','))}`)
  return {
    ...deliveryOf(flags, 'Log', false),
    path: flags['auditLogPath']!,
    format,
    maxAgeDays: notNegative(flags, 'auditLogMaxage', 'audit-log-maxage'),
    maxBackups: notNegative(flags, 'auditLogMaxbackup', 'audit-log-maxbackup'),
    maxSizeMegabytes: notNegative(flags, 'auditLogMaxsize', 'audit-log-maxsize'),
    compress: isTrue(flags['auditLogCompress']),
  }
}

async function webhookOptionsOf(flags: Flags): Promise<AuditWebhookOptions> {
  const file = flags['auditWebhookConfigFile']!
  try {
    if (!(await readKubeconfig(file))) throw new Error(`stat ${file}: no such file or directory`)
    const { transport } = connectionOf(await loadKubeconfig({ explicit: file, env: {} }))
    const initialBackoffMs = durationMs(flags['auditWebhookBatchInitialBackoff'] ?? flags['auditWebhookInitialBackoff']!)
    return { ...deliveryOf(flags, 'Webhook', true), target: transport, initialBackoffMs }
  } catch (cause) {
    throw new Error(`initializing audit webhook: ${(cause as Error).message}`, { cause })
  }
}

function deliveryOf(flags: Flags, target: 'Log' | 'Webhook', concurrent: boolean): AuditDelivery {
  const name = target.toLowerCase()
  const flag = (rest: string) => flags[`audit${target}${rest}`]!
  const mode = flag('Mode')
  if (!isOneOf(modes, mode)) throw new Error(`invalid audit ${name} mode ${mode}, allowed modes are ${goQuote(modes.join(','))}`)
  if (flag('Version') !== 'audit.k8s.io/v1') throw new Error('invalid group version, allowed versions are ["audit.k8s.io/v1"]')
  const positive = (rest: string, what: string) => {
    const value = Number(flag(rest))
    if (mode === 'batch' && !(value > 0)) throw new Error(`invalid audit batch ${name} ${what} ${flag(rest)}, must be a positive number`)
    return value
  }
  const throttled = isTrue(flag('BatchThrottleEnable'))
  return {
    mode,
    batch: {
      bufferMax: positive('BatchBufferSize', 'buffer size'),
      batchMax: positive('BatchMaxSize', 'max batch size'),
      waitMs: durationMs(flag('BatchMaxWait')),
      concurrent,
      ...(throttled ? { throttle: { perSecond: positive('BatchThrottleQps', 'throttle QPS'), burst: positive('BatchThrottleBurst', 'throttle burst') } } : {}),
    },
    ...truncateOf(flag, name),
  }
}

function truncateOf(flag: (rest: string) => string, name: string): Pick<AuditDelivery, 'truncate'> {
  const eventBytesMax = Number(flag('TruncateMaxEventSize'))
  const batchBytesMax = Number(flag('TruncateMaxBatchSize'))
  if (!(eventBytesMax > 0)) throw new Error(`invalid audit truncate ${name} max event size ${flag('TruncateMaxEventSize')}, must be a positive number`)
  if (!(batchBytesMax >= eventBytesMax)) {
    throw new Error(`invalid audit truncate ${name} max batch size ${flag('TruncateMaxBatchSize')}, must be greater than max event size (${eventBytesMax})`)
  }
  return isTrue(flag('TruncateEnabled')) ? { truncate: { eventBytesMax, batchBytesMax } } : {}
}

function notNegative(flags: Flags, key: string, name: string): number {
  const value = Number(flags[key])
  if (!(value >= 0)) throw new Error(`--${name} ${flags[key]} can't be a negative number`)
  return value
}

/** Go's bool flags: the name alone means true. */
const isTrue = (value: unknown) => value === true || ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(String(value))
const isOneOf = <T extends string>(values: readonly T[], text: string): text is T => (values as readonly string[]).includes(text)
