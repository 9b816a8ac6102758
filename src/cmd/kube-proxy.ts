// cox kube-proxy: the service proxy of one node, alone. Flags: upstream's names.
import { hostname } from 'node:os'
import { Command } from 'commander'
import { newInformerFactory } from '../client/informers/factory.ts'
import { newProxy } from '../proxy/proxy.ts'
import { systemClock } from '../util/clock.ts'
import { boolFlag } from './bool-flag.ts'
import { closedInTime } from './closed-in-time.ts'
import { componentClient, readKubeconfig } from './component-client.ts'
import { componentMetrics } from './component-metrics.ts'
import { componentZPages } from './component-z-pages.ts'
import { localAddresses } from './local-addresses.ts'
import { addLoggingFlags, loggerOf, type LoggingFlags } from './logging-flags.ts'
import { setProcessTitle } from './process-title.ts'
import { runComponents, terminationSignal } from './run.ts'
import { parseFlags } from './shown-flags.ts'
import { addUpstreamFlags, reportUpstreamFlags, type UpstreamFlags } from './upstream-flags/add.ts'
import { hostPort, hostPortFlag, type HostPort } from './upstream-flags/host-port.ts'
import { kubeProxyConfigArguments } from './upstream-flags/kube-proxy-config.ts'
import { kubeProxyOtherFlags } from './upstream-flags/kube-proxy.ts'

interface Options extends LoggingFlags, UpstreamFlags {
  readonly kubeconfig: string
  readonly hostnameOverride: string
  readonly clusterCidr: string
  readonly nodeportAddresses: string
  readonly healthzBindAddress: HostPort | undefined
  readonly metricsBindAddress: HostPort | undefined
  readonly bindAddressHardFail: boolean
}

const list = (text: string) => text.split(',').filter(Boolean)
const healthzPort = 10_256
const metricsPort = 10_249

export function kubeProxyCommand(): Command {
  const command = addLoggingFlags(new Command('cox kube-proxy'))
    .description('Makes Services real on this node, with nftables.')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server')
    .option('--config <file>', 'a KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1); flags say more than it')
    .option('--hostname-override <name>', 'name of this node', hostname().toLowerCase())
    .option('--cluster-cidr <cidrs>', 'addresses of pods; traffic from elsewhere to cluster IPs is masqueraded', '')
    .option('--nodeport-addresses <addresses>', 'addresses that accept node ports; default: all of this machine', '')
    .option(
      '--healthz-bind-address <host:port>',
      'where /healthz and /livez are served; empty: nowhere',
      hostPortFlag(healthzPort),
      hostPort('0.0.0.0', healthzPort),
    )
    .option(
      '--metrics-bind-address <host:port>',
      'where /metrics, /proxyMode, /statusz and /flagz are served; empty: nowhere',
      hostPortFlag(metricsPort),
      hostPort('127.0.0.1', metricsPort),
    )
    .addOption(boolFlag('--bind-address-hard-fail', 'end when an address cannot be listened on', false))
  return addUpstreamFlags(command, kubeProxyOtherFlags)
}

export async function main(argv: readonly string[]): Promise<void> {
  const command = kubeProxyCommand()
  const flags = parseFlags(command, [...kubeProxyConfigArguments(argv), ...argv])
  const options = command.opts<Options>()
  setProcessTitle('kube-proxy', argv)
  const signal = terminationSignal()
  const logger = loggerOf(options)
  reportUpstreamFlags(command, kubeProxyOtherFlags, logger)
  const registry = componentMetrics()
  const { client, transport } = componentClient(readKubeconfig(options.kubeconfig), 'kube-proxy', { metrics: registry })
  using _connections = closedInTime(signal, systemClock, transport)
  const informers = newInformerFactory({ client, logger })
  const { healthzBindAddress, metricsBindAddress } = options
  const proxy = newProxy({
    family: 'ipv4',
    clusterCidrs: list(options.clusterCidr),
    serviceCidrs: [],
    nodeAddresses: list(options.nodeportAddresses).length ? list(options.nodeportAddresses) : localAddresses('ipv4'),
    nodeName: options.hostnameOverride,
    informers,
    clock: systemClock,
    logger,
    ...(healthzBindAddress ? { health: healthzBindAddress } : {}),
    ...(metricsBindAddress
      ? { metrics: { ...metricsBindAddress, registry, zPages: (paths: readonly string[]) => componentZPages('kube-proxy', { flags, paths }) } }
      : {}),
    addressesMustBeFree: options.bindAddressHardFail,
  })
  await runComponents([proxy, { name: 'informers', run: (s) => informers.run(s) }], signal, logger)
}
