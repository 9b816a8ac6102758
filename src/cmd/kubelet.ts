// cox kubelet: the kubelet of one node, alone. Flags: upstream's names.
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { Command } from 'commander'
import { newInformerFactory } from '../client/informers/factory.ts'
import { newRuntimeClient } from '../cri/client.ts'
import { newKubelet } from '../kubelet/kubelet.ts'
import { kubeletDefaults } from '../kubelet/options.ts'
import { systemClock } from '../util/clock.ts'
import { systemRand } from '../util/rand.ts'
import { addIdentityFlags, certDirectoryOf, type IdentityFlags, kubeletIdentity, servedFromFiles, rotatedServing, servedBy } from './kubelet-identity.ts'
import { localAddresses } from './local-addresses.ts'
import { closedInTime } from './closed-in-time.ts'
import { componentMetrics } from './component-metrics.ts'
import { componentZPages } from './component-z-pages.ts'
import { addKubeletNodeFlags, kubeletNodeOptions, type KubeletNodeFlags } from './kubelet-flags/node.ts'
import { addKubeletSecurityFlags, kubeletSecurityOptions, type KubeletSecurityFlags, upstreamDefaults } from './kubelet-flags/security.ts'
import { addLoggingFlags, loggerOf, type LoggingFlags } from './logging-flags.ts'
import { setProcessTitle } from './process-title.ts'
import { runComponents, terminationSignal } from './run.ts'
import { parseFlags } from './shown-flags.ts'
import { addTlsFlags, type TlsFlags, tlsSettings } from './tls-flags.ts'
import { addUpstreamFlags, reportUpstreamFlags, type UpstreamFlags } from './upstream-flags/add.ts'
import { kubeletConfigArguments } from './upstream-flags/kubelet-config.ts'
import { kubeletOtherFlags } from './upstream-flags/kubelet.ts'
import { version } from './version.ts'

interface Options extends IdentityFlags, KubeletNodeFlags, KubeletSecurityFlags, LoggingFlags, TlsFlags, UpstreamFlags {
  readonly hostnameOverride: string
  readonly nodeIp?: string
  readonly containerRuntimeEndpoint: string
  readonly rootDir: string
  readonly podLogsDir: string
  readonly address: string
  readonly port: string
  readonly tlsCertFile?: string
  readonly tlsPrivateKeyFile?: string
  readonly clientCaFile?: string
  readonly clusterDns: string
  readonly clusterDomain: string
  readonly maxPods: string
}

export function kubeletCommand(): Command {
  const areas = [addLoggingFlags, addTlsFlags, addKubeletNodeFlags, (command: Command) => addKubeletSecurityFlags(command, upstreamDefaults)]
  const command = areas
    .reduce((command, add) => add(command), addIdentityFlags(new Command('cox kubelet'), certDirectoryOf(kubeletDefaults.rootDirectory)))
    .description('Runs the pods of one node.')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server')
    .option('--config <file>', 'a KubeletConfiguration (kubelet.config.k8s.io/v1beta1); flags say more than it')
    .option('--hostname-override <name>', 'name of the node', hostname().toLowerCase())
    .option('--node-ip <ip>', 'address of the node')
    .option('--container-runtime-endpoint <url>', 'socket of the container runtime', 'unix:///run/containerd/containerd.sock')
    .option('--root-dir <directory>', "the kubelet's files", kubeletDefaults.rootDirectory)
    .option('--pod-logs-dir <directory>', 'logs of containers', kubeletDefaults.logDirectory)
    .option('--address <ip>', 'address of the kubelet API', '0.0.0.0')
    .option('--port <port>', 'port of the kubelet API', '10250')
    .option('--tls-cert-file <file>', 'serving certificate; without it, and without --rotate-server-certificates, the kubelet API is not served')
    .option('--tls-private-key-file <file>', 'its key')
    .option('--client-ca-file <file>', 'authority of clients that show a certificate')
    .option('--cluster-dns <ips>', 'DNS servers of pods', '')
    .option('--cluster-domain <domain>', 'domain of the cluster', kubeletDefaults.clusterDomain)
    .option('--max-pods <count>', 'pods that this node takes', String(kubeletDefaults.maxPods))
  return addUpstreamFlags(command, kubeletOtherFlags)
}

export async function main(argv: readonly string[]): Promise<void> {
  const command = kubeletCommand()
  const flags = parseFlags(command, [...kubeletConfigArguments(argv), ...argv])
  const options = command.opts<Options>()
  setProcessTitle('kubelet', argv)
  const signal = terminationSignal()
  const logger = loggerOf(options)
  reportUpstreamFlags(command, kubeletOtherFlags, logger)
  const nodeName = options.hostnameOverride
  const metrics = componentMetrics()
  const { client, transport, components } = await kubeletIdentity(options, { nodeName, logger }, signal)
  const informers = newInformerFactory({ client, logger })
  const nodeIPs = options.nodeIp ? [options.nodeIp] : localAddresses('ipv4').slice(0, 1)
  const { tlsCertFile, tlsPrivateKeyFile, clientCaFile } = options
  const ofFiles = tlsCertFile && tlsPrivateKeyFile ? servedFromFiles(tlsCertFile, tlsPrivateKeyFile, logger) : undefined
  const rotated = options.rotateServerCertificates && !ofFiles ? rotatedServing(options, { nodeName, addresses: nodeIPs, client, logger }) : undefined
  const { stream, ...security } = kubeletSecurityOptions(options)
  const serving = ofFiles?.serving ?? (rotated && servedBy(rotated))
  const runtime = newRuntimeClient({ endpoint: options.containerRuntimeEndpoint })
  using _connections = closedInTime(signal, systemClock, transport, runtime)
  const kubelet = newKubelet({
    ...kubeletDefaults,
    nodeName,
    client,
    informers,
    runtime,
    clock: systemClock,
    rand: systemRand,
    logger,
    rootDirectory: options.rootDir,
    logDirectory: options.podLogsDir,
    nodeIPs,
    clusterDns: options.clusterDns.split(',').filter(Boolean),
    clusterDomain: options.clusterDomain,
    maxPods: Number(options.maxPods),
    ...security,
    ...kubeletNodeOptions(options),
    version,
    metrics,
    ...(serving
      ? {
          server: {
            address: options.address,
            port: Number(options.port),
            ...serving,
            ...stream,
            tls: tlsSettings(options),
            zPages: (paths) => componentZPages('kubelet', { flags, paths }),
            ...(clientCaFile ? { clientCa: readFileSync(clientCaFile, 'utf8') } : {}),
          },
        }
      : {}),
  })
  await runComponents(
    [kubelet, { name: 'informers', run: (s) => informers.run(s) }, ...components, ...(rotated ? [rotated] : []), ...(ofFiles ? [ofFiles.component] : [])],
    signal,
    logger,
  )
}
