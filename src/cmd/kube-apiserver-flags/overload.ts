// How much kube-apiserver takes on at once, how long it works on a request, and how it stops.
// Source: k8s.io/apiserver pkg/server/options/{server_run_options,feature}.go.
import type { Command } from 'commander'
import type { ApiServerOptions } from '../../apiserver/server-options.ts'

export interface OverloadFlags {
  enablePriorityAndFairness: string
  maxRequestsInflight: string
  maxMutatingRequestsInflight: string
  requestTimeout: string
  minRequestTimeout: string
  goawayChance: string
  shutdownDelayDuration: string
  shutdownSendRetryAfter: string
}

/** Beyond this clients would do little else than connect. */
const goawayChanceMax = 0.02

export function addOverloadFlags(command: Command): Command {
  return command
    .option('--enable-priority-and-fairness <bool>', 'queue requests fairly by priority; false: only limits on requests in flight', 'true')
    .option('--max-requests-inflight <n>', 'reads under way at once; with priority and fairness both limits are added up', '400')
    .option('--max-mutating-requests-inflight <n>', 'writes under way at once; 0: no limit', '200')
    .option('--request-timeout <duration>', 'limit for requests that are not long-running', '1m0s')
    .option('--min-request-timeout <seconds>', 'a watch without timeoutSeconds lasts this long, and up to twice as long', '1800')
    .option('--goaway-chance <fraction>', 'chance of an HTTP/2 request to make its client connect anew; at most 0.02', '0')
    .option('--shutdown-delay-duration <duration>', 'how long /readyz fails before connections are refused', '0s')
    .option('--shutdown-send-retry-after <bool>', 'while stopping, answer new requests 429 with Retry-After instead of refusing connections', 'false')
}

type OverloadOptions = Pick<
  ApiServerOptions,
  'limits' | 'priorityAndFairness' | 'requestTimeoutMs' | 'minRequestTimeoutSeconds' | 'goawayChance' | 'shutdownDelayMs' | 'shutdownSendRetryAfter'
>

/** @throws {Error} naming the flag whose value makes no sense */
export function overloadOptions(flags: OverloadFlags): OverloadOptions {
  const goawayChance = Number(flags.goawayChance)
  if (!(goawayChance >= 0 && goawayChance <= goawayChanceMax)) throw new Error(`--goaway-chance can not be less than 0 or greater than ${goawayChanceMax}`)
  return {
    limits: {
      readOnlyMax: count('--max-requests-inflight', flags.maxRequestsInflight),
      mutatingMax: count('--max-mutating-requests-inflight', flags.maxMutatingRequestsInflight),
    },
    priorityAndFairness: flags.enablePriorityAndFairness !== 'false',
    requestTimeoutMs: durationMs('--request-timeout', flags.requestTimeout),
    minRequestTimeoutSeconds: count('--min-request-timeout', flags.minRequestTimeout),
    goawayChance,
    shutdownDelayMs: durationMs('--shutdown-delay-duration', flags.shutdownDelayDuration),
    shutdownSendRetryAfter: flags.shutdownSendRetryAfter === 'true',
  }
}

function count(flag: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value)) throw new Error(`${flag}: ${JSON.stringify(text)} is no whole number`)
  if (value < 0) throw new Error(`${flag} can not be negative value`)
  return value
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `1m30s` -> milliseconds. */
function durationMs(flag: string, text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$|^0$/.test(text)) throw new Error(`${flag}: ${JSON.stringify(text)} is no duration such as 1m30s`)
  return [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce((sum, [, value, unit]) => sum + Number(value) * unitMs[unit!]!, 0)
}
