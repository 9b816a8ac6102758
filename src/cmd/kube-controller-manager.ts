// cox kube-controller-manager: all controllers, alone. Flags: upstream's names.
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { connectionOf } from '../client/kubeconfig/connection.ts'
import { newClient } from '../client/rest/client.ts'
import { newHttpsTransport } from '../client/transport/https.ts'
import { newControllerManager } from '../controllers/framework/manager.ts'
import { allControllers } from '../controllers/registry.ts'
import { parseCidr } from '../util/ip.ts'
import { systemClock } from '../util/clock.ts'
import { boolFlag, fixedFlag } from './bool-flag.ts'
import { closedInTime } from './closed-in-time.ts'
import { componentClient, readKubeconfig } from './component-client.ts'
import { componentMetrics } from './component-metrics.ts'
import { addComponentServerFlags, type ComponentServerFlags, serveComponent } from './component-server.ts'
import { serviceAccountOf } from './controller-identities.ts'
import { addClusterSigningFlags, signingOptions } from './kube-controller-manager-flags/cluster-signing.ts'
import { addLoggingFlags, loggerOf, type LoggingFlags } from './logging-flags.ts'
import { setProcessTitle } from './process-title.ts'
import { runComponents, terminationSignal } from './run.ts'
import { parseFlags } from './shown-flags.ts'
import { ServiceAccountClients } from './service-account-clients.ts'
import { addUpstreamFlags, reportUpstreamFlags, type UpstreamFlags } from './upstream-flags/add.ts'
import { kubeControllerManagerOtherFlags } from './upstream-flags/kube-controller-manager.ts'
import { addLeaderElectionFlags, leaderElectionOf, type LeaderElectionFlags } from './upstream-flags/leader-election.ts'
import { duration, integer } from './upstream-flags/values.ts'
import { version } from './version.ts'

interface Options extends ComponentServerFlags, LeaderElectionFlags, LoggingFlags, UpstreamFlags {
  readonly kubeconfig: string
  readonly controllers: string
  readonly rootCaFile?: string
  readonly serviceAccountPrivateKeyFile?: string
  readonly legacyServiceAccountTokenCleanUpPeriod: number
  readonly useServiceAccountCredentials: boolean
  readonly terminatedPodGcThreshold: number
  readonly allocateNodeCidrs: boolean
  readonly clusterCidr: string
  readonly nodeCidrMaskSize: string
  readonly nodeCidrMaskSizeIpv4?: string
}

/** Upstream's: a year. */
const legacyTokenCleanUpPeriodMs = 8760 * 3_600_000

export function kubeControllerManagerCommand(): Command {
  const command = addLoggingFlags(addClusterSigningFlags(new Command('cox kube-controller-manager')))
    .description('Runs the controllers that bring a cluster to its desired state.')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server')
    .option('--controllers <names>', '* for all, a name, -name for all but', '*')
    .addOption(boolFlag('--use-service-account-credentials', 'each controller acts as a service account of its own', false))
    .addOption(fixedFlag('--profiling', false, 'there are no profiling endpoints'))
    .option('--root-ca-file <file>', 'authority that pods verify the API server with; published in every namespace')
    .option('--service-account-private-key-file <file>', 'key that signs the tokens of Secrets of type kubernetes.io/service-account-token (PEM)')
    .option(
      '--legacy-service-account-token-clean-up-period <duration>',
      'how long a token that was made automatically may be unused before it is invalid, and then before it goes',
      duration,
      legacyTokenCleanUpPeriodMs,
    )
    .option('--terminated-pod-gc-threshold <n>', 'pods that have ended which are kept; the oldest go first; 0 or less: all are kept', integer, 12_500)
    .addOption(boolFlag('--allocate-node-cidrs', 'give every node a range of pod addresses', false))
    .option('--cluster-cidr <cidr>', 'range that nodes get theirs from', '10.244.0.0/16')
    .option('--node-cidr-mask-size <bits>', "prefix length of a node's range", '24')
    .option('--node-cidr-mask-size-ipv4 <bits>', 'the same, as upstream calls it for clusters of two families')
    .option('--node-cidr-mask-size-ipv6 <bits>', 'without effect: ranges are IPv4')
    .option('--service-cluster-ip-range <cidrs>', 'without effect: addresses of Services are never in the range of nodes')
  return addUpstreamFlags(addComponentServerFlags(addLeaderElectionFlags(command, 'kube-controller-manager'), '10257'), kubeControllerManagerOtherFlags)
}

export async function main(argv: readonly string[]): Promise<void> {
  const command = kubeControllerManagerCommand()
  const flags = parseFlags(command, argv)
  const options = command.opts<Options>()
  setProcessTitle('kube-controller-manager', argv)
  const signal = terminationSignal()
  const logger = loggerOf(options)
  reportUpstreamFlags(command, kubeControllerManagerOtherFlags, logger)
  const metrics = componentMetrics()
  const config = readKubeconfig(options.kubeconfig)
  const { client, transport } = componentClient(config, 'kube-controller-manager', { metrics })
  const userAgent = `kube-controller-manager/${version}`
  const metadataClient = newClient(transport, { userAgent, metadataOnly: true })
  const { server, ca, tlsServerName, insecureSkipTlsVerify } = connectionOf(config).transport
  const anonymous = newHttpsTransport({
    server,
    ...(ca ? { ca } : {}),
    ...(tlsServerName ? { tlsServerName } : {}),
    ...(insecureSkipTlsVerify ? { insecureSkipTlsVerify } : {}),
  })
  using _connections = closedInTime(signal, systemClock, transport, anonymous)
  const accounts = new ServiceAccountClients({ client, anonymous, clock: systemClock })
  const clusterCidr = parseCidr(options.clusterCidr)
  if (!clusterCidr) throw new Error(`--cluster-cidr: ${options.clusterCidr} is no CIDR`)
  const election = leaderElectionOf(options)
  await serveComponent(options, { component: 'kube-controller-manager', flags, client, metrics: () => metrics.text(), logger }, signal)
  const signing = signingOptions({ ...options })
  const manager = newControllerManager({
    controllers: allControllers({
      ...(signing ? { signing } : {}),
      ...(options.rootCaFile ? { rootCa: { bundle: readFileSync(options.rootCaFile, 'utf8') } } : {}),
      nodeRanges: options.allocateNodeCidrs ? [{ cidr: clusterCidr, nodePrefixLength: Number(options.nodeCidrMaskSizeIpv4 ?? options.nodeCidrMaskSize) }] : [],
      terminatedPodsMax: options.terminatedPodGcThreshold,
      ...(options.serviceAccountPrivateKeyFile ? { serviceAccountKey: readFileSync(options.serviceAccountPrivateKeyFile, 'utf8') } : {}),
      legacyTokenCleanUpMs: options.legacyServiceAccountTokenCleanUpPeriod,
    }),
    enabled: options.controllers.split(','),
    client,
    ...(options.useServiceAccountCredentials
      ? {
          clientFor: (name: string) => accounts.of(serviceAccountOf(name), { userAgent }),
          metadataClientFor: (name: string) => accounts.of(serviceAccountOf(name), { userAgent, metadataOnly: true }),
        }
      : { metadataClientFor: () => metadataClient }),
    ...(election ? { leaderElection: election } : {}),
    metrics,
    logger,
  })
  await runComponents([manager], signal, logger)
}
