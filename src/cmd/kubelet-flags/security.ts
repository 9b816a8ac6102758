// The kubelet's flags about what pods and clients may not do. Source: cmd/kubelet/app/options, pkg/kubelet/apis/config.
import { type Command, InvalidArgumentError } from 'commander'
import type { KubeletOptions, KubeletServerOptions } from '../../kubelet/options.ts'
import { boolFlag, fixedFlag } from '../bool-flag.ts'
import { duration, integer, wholeNumber } from '../upstream-flags/values.ts'

export interface KubeletSecurityFlags {
  readonly podMaxPids: number
  readonly seccompDefault: boolean
  readonly eventQps: number
  readonly eventBurst: number
  readonly streamingConnectionIdleTimeout: number
  readonly healthzBindAddress: string
  readonly healthzPort: number
}

/** What differs for a command of its own. */
export type KubeletSecurityDefaults = Pick<KubeletSecurityFlags, 'podMaxPids' | 'seccompDefault'>

/** Upstream's. */
export const upstreamDefaults: KubeletSecurityDefaults = { podMaxPids: -1, seccompDefault: false }
/** CIS Kubernetes Benchmark 4.2.13 and 4.2.14. */
export const agentDefaults: KubeletSecurityDefaults = { podMaxPids: 4096, seccompDefault: true }

export function addKubeletSecurityFlags(command: Command, defaults: KubeletSecurityDefaults): Command {
  return command
    .option('--pod-max-pids <n>', 'processes of one pod; -1: as many as the node has', integer, defaults.podMaxPids)
    .addOption(boolFlag('--seccomp-default', "containers that say nothing about seccomp get the runtime's profile", defaults.seccompDefault))
    .option('--event-qps <n>', 'Events written per second on average; 0: no limit', wholeNumber, 50)
    .option('--event-burst <n>', 'Events written at once', wholeNumber, 100)
    .option('--streaming-connection-idle-timeout <duration>', 'how long exec, attach and port-forward may carry nothing; 0: for ever', duration, 4 * 3_600_000)
    .option('--healthz-bind-address <ip>', 'address of /healthz without TLS', '127.0.0.1')
    .option('--healthz-port <port>', 'its port; 0: none', wholeNumber, 10_248)
    .addOption(fixedFlag('--anonymous-auth', false, 'nobody uses the kubelet API without a name'))
    .addOption(fixedFlag('--make-iptables-util-chains', true, 'kube-proxy has tables of its own'))
    .option('--authorization-mode <mode>', 'Webhook only: the API server decides', only('Webhook'), 'Webhook')
    .option('--read-only-port <port>', '0 only: there is no port without authentication', only('0'), '0')
}

/** `server` is for where the kubelet API is served. */
export function kubeletSecurityOptions(flags: KubeletSecurityFlags): Pick<KubeletOptions, 'podPidsMax' | 'seccompDefault' | 'eventRate' | 'healthz'> & {
  readonly stream: Pick<KubeletServerOptions, 'streamIdleMs'>
} {
  const { podMaxPids, seccompDefault, eventQps, eventBurst, healthzBindAddress: host, healthzPort: port } = flags
  return {
    podPidsMax: podMaxPids,
    seccompDefault,
    ...(eventQps === 0 ? {} : { eventRate: { perSecond: eventQps, burst: Math.max(1, eventBurst) } }),
    ...(port === 0 ? {} : { healthz: { host, port } }),
    stream: { streamIdleMs: flags.streamingConnectionIdleTimeout },
  }
}

const only = (value: string) => (text: string) => {
  if (text === value) return value
  throw new InvalidArgumentError(`${value} is the only value.`)
}
