// --leader-elect and its times, which several components share. Source: k8s.io/component-base config/options/leaderelectionconfig.go.
import { hostname } from 'node:os'
import { type Command, InvalidArgumentError } from 'commander'
import { boolFlag } from '../bool-flag.ts'
import { duration } from './values.ts'

export interface LeaderElectionFlags {
  readonly leaderElect: boolean
  readonly leaderElectLeaseDuration: number
  readonly leaderElectRenewDeadline: number
  readonly leaderElectRetryPeriod: number
  readonly leaderElectResourceName: string
  readonly leaderElectResourceNamespace: string
}

/** @param name of the component, and of its Lease */
export function addLeaderElectionFlags(command: Command, name: string): Command {
  return command
    .addOption(boolFlag('--leader-elect', 'do nothing before being elected', true))
    .option('--leader-elect-lease-duration <duration>', 'how long a leader may be silent before another takes over', duration, 15_000)
    .option('--leader-elect-renew-deadline <duration>', 'how long a leader tries to renew before it stops', duration, 10_000)
    .option('--leader-elect-retry-period <duration>', 'time between two attempts', duration, 2_000)
    .option('--leader-elect-resource-lock <kind>', 'leases only', onlyLeases, 'leases')
    .option('--leader-elect-resource-name <name>', 'name of the Lease', name)
    .option('--leader-elect-resource-namespace <name>', 'namespace of the Lease', 'kube-system')
}

function onlyLeases(text: string): string {
  if (text === 'leases') return text
  throw new InvalidArgumentError('leases is the only value.')
}

/** Undefined: without election. @throws {Error} for times that cannot work, in upstream's words */
export function leaderElectionOf(flags: LeaderElectionFlags) {
  if (!flags.leaderElect) return undefined
  const times = {
    leaseDurationMs: flags.leaderElectLeaseDuration,
    renewDeadlineMs: flags.leaderElectRenewDeadline,
    retryPeriodMs: flags.leaderElectRetryPeriod,
  }
  if (times.leaseDurationMs <= times.renewDeadlineMs) throw new Error('leaseDuration must be greater than renewDeadline')
  if (times.renewDeadlineMs <= 1.2 * times.retryPeriodMs) throw new Error('renewDeadline must be greater than retryPeriod*JitterFactor')
  return {
    identity: `${hostname()}_${crypto.randomUUID()}`,
    lease: { namespace: flags.leaderElectResourceNamespace, name: flags.leaderElectResourceName },
    ...times,
  }
}
