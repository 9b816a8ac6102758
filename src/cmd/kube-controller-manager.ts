// cox kube-controller-manager: all controllers, alone. Flags: upstream's names.
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { Command } from 'commander'
import { connectionOf } from '../client/kubeconfig/connection.ts'
import { newClient } from '../client/rest/client.ts'
import { newHttpsTransport } from '../client/transport/https.ts'
import { serveHealth } from '../component-base/serving/health-server.ts'
import { newControllerManager } from '../controllers/framework/manager.ts'
import { allControllers } from '../controllers/registry.ts'
import { parseCidr } from '../util/ip.ts'
import { systemClock } from '../util/clock.ts'
import { boolFlag, fixedFlag } from './bool-flag.ts'
import { componentClient, readKubeconfig } from './component-client.ts'
import { serviceAccountOf } from './controller-identities.ts'
import { addClusterSigningFlags, signingOptions } from './kube-controller-manager-flags/cluster-signing.ts'
import { addLoggingFlags, loggerOf, type LoggingFlags } from './logging-flags.ts'
import { setProcessTitle } from './process-title.ts'
import { runComponents, terminationSignal } from './run.ts'
import { ServiceAccountClients } from './service-account-clients.ts'
import { version } from './version.ts'

interface Options extends LoggingFlags {
  readonly kubeconfig: string
  readonly controllers: string
  readonly leaderElect: boolean
  readonly rootCaFile?: string
  readonly useServiceAccountCredentials: boolean
  readonly allocateNodeCidrs: boolean
  readonly clusterCidr: string
  readonly nodeCidrMaskSize: string
  readonly bindAddress: string
  readonly securePort: string
}

export async function main(argv: readonly string[]): Promise<void> {
  const options = addLoggingFlags(addClusterSigningFlags(new Command('cox kube-controller-manager')))
    .description('Runs the controllers that bring a cluster to its desired state.')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server')
    .option('--controllers <names>', '* for all, a name, -name for all but', '*')
    .addOption(boolFlag('--leader-elect', 'do nothing before being elected', true))
    .addOption(boolFlag('--use-service-account-credentials', 'each controller acts as a service account of its own', false))
    .addOption(fixedFlag('--profiling', false, 'there are no profiling endpoints'))
    .option('--root-ca-file <file>', 'authority that pods verify the API server with; published in every namespace')
    .addOption(boolFlag('--allocate-node-cidrs', 'give every node a range of pod addresses', false))
    .option('--cluster-cidr <cidr>', 'range that nodes get theirs from', '10.244.0.0/16')
    .option('--node-cidr-mask-size <bits>', "prefix length of a node's range", '24')
    .option('--bind-address <address>', 'address of /healthz', '127.0.0.1')
    .option('--secure-port <port>', 'port of /healthz; 0: none', '10257')
    .parse(argv, { from: 'user' })
    .opts<Options>()
  setProcessTitle('kube-controller-manager', argv)
  const signal = terminationSignal()
  const logger = loggerOf(options)
  const config = readKubeconfig(options.kubeconfig)
  const { client, transport } = componentClient(config, 'kube-controller-manager')
  const userAgent = `kube-controller-manager/${version}`
  const metadataClient = newClient(transport, { userAgent, metadataOnly: true })
  const { server, ca, tlsServerName, insecureSkipTlsVerify } = connectionOf(config).transport
  const anonymous = newHttpsTransport({
    server,
    ...(ca ? { ca } : {}),
    ...(tlsServerName ? { tlsServerName } : {}),
    ...(insecureSkipTlsVerify ? { insecureSkipTlsVerify } : {}),
  })
  const accounts = new ServiceAccountClients({ client, anonymous, clock: systemClock })
  const clusterCidr = parseCidr(options.clusterCidr)
  if (!clusterCidr) throw new Error(`--cluster-cidr: ${options.clusterCidr} is no CIDR`)
  const ok = () => ({ status: 200, body: 'ok' })
  if (options.securePort !== '0')
    await serveHealth({ host: options.bindAddress, port: Number(options.securePort), paths: { '/healthz': ok, '/livez': ok, '/readyz': ok } }, signal)
  const signing = signingOptions({ ...options })
  const manager = newControllerManager({
    controllers: allControllers({
      ...(signing ? { signing } : {}),
      ...(options.rootCaFile ? { rootCa: readFileSync(options.rootCaFile, 'utf8') } : {}),
      nodeRanges: options.allocateNodeCidrs ? [{ cidr: clusterCidr, nodePrefixLength: Number(options.nodeCidrMaskSize) }] : [],
    }),
    enabled: options.controllers.split(','),
    client,
    ...(options.useServiceAccountCredentials
      ? {
          clientFor: (name: string) => accounts.of(serviceAccountOf(name), { userAgent }),
          metadataClientFor: (name: string) => accounts.of(serviceAccountOf(name), { userAgent, metadataOnly: true }),
        }
      : { metadataClientFor: () => metadataClient }),
    ...(options.leaderElect ? { leaderElection: { identity: `${hostname()}_${crypto.randomUUID()}` } } : {}),
    logger,
  })
  try {
    await runComponents([manager], signal, logger)
  } finally {
    transport.close()
    anonymous.close()
  }
}
