// How much kube-apiserver takes on at once, how long it works on a request, and how it stops.
// Source: k8s.io/apiserver pkg/server/options/{server_run_options,feature}.go.
import { type Command, InvalidArgumentError } from 'commander'
import type { ApiServerOptions } from '../../apiserver/server-options.ts'
import { boolFlag } from '../bool-flag.ts'
import { duration } from '../upstream-flags/values.ts'

export interface OverloadFlags {
  enablePriorityAndFairness: boolean
  maxRequestsInflight: string
  maxMutatingRequestsInflight: string
  requestTimeout: number
  minRequestTimeout: string
  goawayChance: string
  shutdownDelayDuration: number
  shutdownSendRetryAfter: boolean
  shutdownWatchTerminationGracePeriod: number
}

/** Beyond this clients would do little else than connect. */
const goawayChanceMax = 0.02

export function addOverloadFlags(command: Command): Command {
  return command
    .addOption(boolFlag('--enable-priority-and-fairness', 'queue requests fairly by priority; false: only limits on requests in flight', true))
    .option('--max-requests-inflight <n>', 'reads under way at once; with priority and fairness both limits are added up', '400')
    .option('--max-mutating-requests-inflight <n>', 'writes under way at once; 0: no limit', '200')
    .option('--request-timeout <duration>', 'limit for requests that are not long-running', duration, 60_000)
    .option('--min-request-timeout <seconds>', 'a watch without timeoutSeconds lasts this long, and up to twice as long', '1800')
    .option('--goaway-chance <fraction>', 'chance of an HTTP/2 request to make its client connect anew; at most 0.02', '0')
    .option('--shutdown-delay-duration <duration>', 'how long /readyz fails before connections are refused', notNegative('shutdown-delay-duration'), 0)
    .addOption(boolFlag('--shutdown-send-retry-after', 'while stopping, answer new requests 429 with Retry-After instead of refusing connections', false))
    .option(
      '--shutdown-watch-termination-grace-period <duration>',
      'while stopping, end watches evenly over this time, when requests have ended; 0: all at once',
      notNegative('shutdown-watch-termination-grace-period'),
      0,
    )
}

type OverloadOptions = Pick<
  ApiServerOptions,
  | 'limits'
  | 'priorityAndFairness'
  | 'requestTimeoutMs'
  | 'minRequestTimeoutSeconds'
  | 'goawayChance'
  | 'shutdownDelayMs'
  | 'shutdownSendRetryAfter'
  | 'shutdownWatchTerminationGraceMs'
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
    priorityAndFairness: flags.enablePriorityAndFairness,
    requestTimeoutMs: flags.requestTimeout,
    minRequestTimeoutSeconds: count('--min-request-timeout', flags.minRequestTimeout),
    goawayChance,
    shutdownDelayMs: flags.shutdownDelayDuration,
    shutdownSendRetryAfter: flags.shutdownSendRetryAfter,
    shutdownWatchTerminationGraceMs: flags.shutdownWatchTerminationGracePeriod,
  }
}

function count(flag: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value)) throw new Error(`${flag}: ${JSON.stringify(text)} is no whole number`)
  if (value < 0) throw new Error(`${flag} can not be negative value`)
  return value
}

const notNegative = (flag: string) => (text: string) => {
  const ms = duration(text)
  if (ms >= 0) return ms
  throw new InvalidArgumentError(`--${flag} can not be negative value`)
}
