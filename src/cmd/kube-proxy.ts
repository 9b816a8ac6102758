// cox kube-proxy: the service proxy of one node, alone. Flags: upstream's names.
import { hostname } from 'node:os'
import { Command } from 'commander'
import { newInformerFactory } from '../client/informers/factory.ts'
import { newProxy } from '../proxy/proxy.ts'
import { systemClock } from '../util/clock.ts'
import { componentClient, readKubeconfig } from './component-client.ts'
import { localAddresses } from './local-addresses.ts'
import { addLoggingFlags, loggerOf, type LoggingFlags } from './logging-flags.ts'
import { setProcessTitle } from './process-title.ts'
import { runComponents, terminationSignal } from './run.ts'

interface Options extends LoggingFlags {
  readonly kubeconfig: string
  readonly hostnameOverride: string
  readonly clusterCidr: string
  readonly nodeportAddresses: string
  readonly healthzBindAddress: string
}

const list = (text: string) => text.split(',').filter(Boolean)

export async function main(argv: readonly string[]): Promise<void> {
  const options = addLoggingFlags(new Command('cox kube-proxy'))
    .description('Makes Services real on this node, with nftables.')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server')
    .option('--hostname-override <name>', 'name of this node', hostname().toLowerCase())
    .option('--cluster-cidr <cidrs>', 'addresses of pods; traffic from elsewhere to cluster IPs is masqueraded', '')
    .option('--nodeport-addresses <addresses>', 'addresses that accept node ports; default: all of this machine', '')
    .option('--healthz-bind-address <host:port>', 'where /healthz is served', '0.0.0.0:10256')
    .parse(argv, { from: 'user' })
    .opts<Options>()
  setProcessTitle('kube-proxy', argv)
  const signal = terminationSignal()
  const logger = loggerOf(options)
  const { client } = componentClient(readKubeconfig(options.kubeconfig), 'kube-proxy')
  const informers = newInformerFactory({ client, logger })
  const at = options.healthzBindAddress.lastIndexOf(':')
  const proxy = newProxy({
    family: 'ipv4',
    clusterCidrs: list(options.clusterCidr),
    serviceCidrs: [],
    nodeAddresses: list(options.nodeportAddresses).length ? list(options.nodeportAddresses) : localAddresses('ipv4'),
    nodeName: options.hostnameOverride,
    informers,
    clock: systemClock,
    logger,
    health: { host: options.healthzBindAddress.slice(0, at), port: Number(options.healthzBindAddress.slice(at + 1)) },
  })
  await runComponents([proxy, { name: 'informers', run: (s) => informers.run(s) }], signal, logger)
}
