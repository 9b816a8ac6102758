// cox agent: everything a node runs. Kubelet, kube-proxy and the node's network in one process; the kubelet acts as its node,
// the other two as system:kube-proxy.
import { existsSync, rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { nodes } from '../api/resources.ts'
import { newInformerFactory } from '../client/informers/factory.ts'
import type { Kubeconfig } from '../client/kubeconfig/types.ts'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import { newRuntimeClient } from '../cri/client.ts'
import { kubeletDefaults } from '../kubelet/options.ts'
import { newKubelet } from '../kubelet/kubelet.ts'
import { newContainerdSupervisor } from '../machine/containerd/supervisor.ts'
import { nodePaths } from '../machine/layout.ts'
import type { KeyPair } from '../pki/x509.ts'
import { newNodeNetwork } from '../network/node-network.ts'
import { newProxy } from '../proxy/proxy.ts'
import { systemClock } from '../util/clock.ts'
import { systemRand } from '../util/rand.ts'
import { proxyContext } from './cluster-access.ts'
import { certDirectoryOf, kubeletIdentity, rotatedServing, servedBy } from './kubelet-identity.ts'
import { closedInTime } from './closed-in-time.ts'
import { compactHeap } from './compact-heap.ts'
import { componentMetrics } from './component-metrics.ts'
import { componentClient, readKubeconfig } from './component-client.ts'
import { addJoinFlags, type JoinFlags, joiningOf, writeBootstrapKubeconfig } from './join/join.ts'
import { addKubeletSecurityFlags, agentDefaults, kubeletSecurityOptions, type KubeletSecurityFlags } from './kubelet-flags/security.ts'
import { addLoggingFlags, loggerOf, type LoggingFlags } from './logging-flags.ts'
import { runComponents, terminationSignal } from './run.ts'
import { addTlsFlags, type TlsFlags, tlsSettings } from './tls-flags.ts'
import { version } from './version.ts'

/** After a start: the node is ready, its first pods run. */
const settledMs = 8_000

interface Options extends JoinFlags, KubeletSecurityFlags, LoggingFlags, TlsFlags {
  readonly nodeName: string
  readonly nodeIp: string
  readonly kubeconfig?: string
  readonly containerdSocket: string
  readonly containerdConfig?: string
  readonly containerdLog: string
  readonly rootDir: string
  readonly podLogsDir: string
  readonly clusterCidr: string
  readonly cniConfDir: string
  readonly kubeletPort: string
  readonly clusterDns: string
}

export async function main(argv: readonly string[]): Promise<void> {
  const options = addJoinFlags(addKubeletSecurityFlags(addTlsFlags(addLoggingFlags(new Command('cox agent'))), agentDefaults))
    .description('Runs a node: kubelet, kube-proxy and the network of its pods.')
    .requiredOption('--node-name <name>', 'name of the node')
    .requiredOption('--node-ip <ip>', 'address at which the cluster reaches the node')
    .option('--kubeconfig <file>', "the node's credentials, as `cox up` or joining writes them; default: kubelet.conf in --root-dir")
    .requiredOption('--containerd-socket <path>', 'socket of the container runtime')
    .option('--containerd-config <file>', "keep a containerd of the agent's own running, with this configuration")
    .option('--containerd-log <file>', 'what that containerd says', '/var/log/containerd.log')
    .option('--root-dir <directory>', "the kubelet's files", kubeletDefaults.rootDirectory)
    .option('--pod-logs-dir <directory>', 'logs of containers', kubeletDefaults.logDirectory)
    .option('--cluster-cidr <cidr>', 'addresses of pods', '10.244.0.0/16')
    .option('--cni-conf-dir <directory>', 'where the runtime looks for its network configuration', '/etc/cni/net.d')
    .option('--kubelet-port <port>', 'port of the kubelet API', '10250')
    .option('--cluster-dns <ips>', 'DNS servers of pods', '')
    .parse(argv, { from: 'user' })
    .opts<Options>()
  process.title = 'cox agent'
  const signal = terminationSignal()
  const logger = loggerOf(options)
  const kubeconfig = options.kubeconfig ?? join(options.rootDir, 'kubelet.conf')
  const { nodeName, nodeIp } = options
  const joining = existsSync(kubeconfig) ? undefined : joiningOf(options)
  const bootstrapKubeconfig = join(options.rootDir, 'bootstrap-kubelet.conf')
  if (joining) await writeBootstrapKubeconfig(bootstrapKubeconfig, joining, { clock: systemClock, logger }, signal)
  const identityFlags = { kubeconfig, certDir: certDirectoryOf(options.rootDir), rotateCertificates: true, rotateServerCertificates: true }
  const first = joining ? undefined : nodeCredentials(readKubeconfig(kubeconfig))
  const authorities = joining ? undefined : authorityOf(readKubeconfig(kubeconfig))
  const given = { nodeName, ...(first ? { first } : {}), ...(authorities ? { authorities } : {}), logger }
  const { client, transport, components: identity } = await kubeletIdentity({ ...identityFlags, ...(joining ? { bootstrapKubeconfig } : {}) }, given, signal)
  // The token has done its work.
  rmSync(bootstrapKubeconfig, { force: true })
  const config = readKubeconfig(kubeconfig)
  const clientCa = authorityOf(config)
  const serving = rotatedServing(identityFlags, { ...given, addresses: [nodeIp], client })
  const { client: proxyClient, transport: proxyTransport } = proxyClientOf(config) ?? { client, transport }
  const runtime = newRuntimeClient({ endpoint: `unix://${options.containerdSocket}` })
  using _connections = closedInTime(signal, systemClock, transport, proxyTransport, runtime)
  const informers = newInformerFactory({ client, logger })
  const proxyInformers = newInformerFactory({ client: proxyClient, logger })
  const clock = systemClock
  const { stream, ...security } = kubeletSecurityOptions(options)

  const kubelet = newKubelet({
    ...kubeletDefaults,
    nodeName: options.nodeName,
    client,
    informers,
    runtime,
    clock,
    rand: systemRand,
    logger,
    rootDirectory: options.rootDir,
    logDirectory: options.podLogsDir,
    nodeIPs: [options.nodeIp],
    clusterDns: options.clusterDns.split(',').filter(Boolean),
    version,
    capacity: { cpu: String(cpus().length) },
    metrics: componentMetrics(),
    ...security,
    server: { address: nodeIp, port: Number(options.kubeletPort), clientCa, ...servedBy(serving), ...stream, tls: tlsSettings(options) },
  })
  const proxy = newProxy({
    family: 'ipv4',
    clusterCidrs: [options.clusterCidr],
    serviceCidrs: [],
    nodeAddresses: [options.nodeIp],
    nodeName: options.nodeName,
    informers: proxyInformers,
    clock,
    logger,
    health: { host: options.nodeIp, port: 10_256 },
  })
  const network = newNodeNetwork({
    nodeName: options.nodeName,
    nodes: proxyInformers.for(nodes),
    clusterCidr: options.clusterCidr,
    cniConfigDirectory: options.cniConfDir,
    clock,
    logger,
  })
  const caches = [
    { name: 'kubelet informers', run: (s: AbortSignal) => informers.run(s) },
    { name: 'proxy informers', run: (s: AbortSignal) => proxyInformers.run(s) },
  ]
  const settled = clock.after(settledMs, compactHeap)
  try {
    await runComponents([kubelet, proxy, network, serving, ...identity, ...caches, ...ownContainerd(options, logger)], signal, logger)
  } catch (error) {
    logger.error('The agent has stopped', error)
    process.exitCode = 1
  } finally {
    settled.cancel()
  }
}

/** Nothing when the runtime is somebody else's to keep running. */
function ownContainerd({ containerdConfig: configFile, containerdLog: logFile }: Options, logger: Logger): Component[] {
  if (!configFile) return []
  return [newContainerdSupervisor({ configFile, logFile, pidFile: nodePaths.containerdPidFile, clock: systemClock, logger })]
}

const currentContext = ({ contexts, 'current-context': current }: Kubeconfig) => contexts.find(({ name }) => name === current)!.context

/** PEM: of the cluster, and of those who call the kubelet. */
function authorityOf(config: Kubeconfig): string {
  const cluster = config.clusters.find(({ name }) => name === currentContext(config).cluster)!.cluster
  return Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString()
}

/** The node's first certificate, which is both its identity and for serving its kubelet API; undefined when it has asked for one by itself. */
function nodeCredentials(config: Kubeconfig): KeyPair | undefined {
  const { 'client-certificate-data': certificate, 'client-key-data': key } = config.users.find(({ name }) => name === currentContext(config).user)!.user
  const text = (base64: string) => Buffer.from(base64, 'base64').toString()
  return certificate && key ? { certificate: text(certificate), key: text(key) } : undefined
}

/** Undefined for a node that has joined by itself: it has one identity, its own, with the rights of kube-proxy. */
const proxyClientOf = (config: Kubeconfig) =>
  config.contexts.some(({ name }) => name === proxyContext) ? componentClient(config, 'kube-proxy', { context: proxyContext }) : undefined
