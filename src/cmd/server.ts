// cox server: a whole control plane in one process. API server, controllers and scheduler, each with its own identity; they
// meet only through the API.
import { randomBytes } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import type { UserInfo } from '../apiserver/authn/user.ts'
import { type ApiServer, newApiServer } from '../apiserver/server.ts'
import type { Client } from '../client/client.ts'
import { newEventRecorder } from '../client/events/recorder.ts'
import { newInformerFactory } from '../client/informers/factory.ts'
import { newClient } from '../client/rest/client.ts'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import { newStreamLogger } from '../component-base/logs/stream-logger.ts'
import { newControllerManager } from '../controllers/framework/manager.ts'
import { allControllers } from '../controllers/registry.ts'
import { newHostNetwork } from '../network/host-network.ts'
import { type ClusterPki, ensureClusterPki } from '../pki/cluster-pki.ts'
import { newScheduler } from '../scheduler/index.ts'
import { drivers } from '../storage/drivers/index.ts'
import { nodes } from '../api/resources.ts'
import { systemClock } from '../util/clock.ts'
import { formatIp, network, parseCidr } from '../util/ip.ts'
import { systemRand } from '../util/rand.ts'
import { bindKubeletClient } from './bind-kubelet-client.ts'
import { clientKubeconfig } from './cluster-access.ts'
import { serviceAccountOf } from './controller-identities.ts'
import { runComponents, terminationSignal } from './run.ts'
import { version } from './version.ts'

interface Options {
  readonly dataDir: string
  readonly bindAddress: string
  readonly securePort: string
  readonly serviceCidr: string
  readonly clusterCidr: string
  readonly nodeCidrMaskSize: string
  readonly writeKubeconfig?: string
  readonly nodeBridge?: string
}

export async function main(argv: readonly string[]): Promise<void> {
  const options = new Command('cox server')
    .description('Runs a control plane: API server, store, controllers and scheduler.')
    .requiredOption('--data-dir <directory>', 'holds the store, keys and certificates')
    .option('--bind-address <ip>', 'address to serve the API on', '127.0.0.1')
    .option('--secure-port <port>', 'port to serve the API on', '6443')
    .option('--service-cidr <cidr>', 'addresses of Services', '10.96.0.0/16')
    .option('--cluster-cidr <cidr>', 'addresses of pods', '10.244.0.0/16')
    .option('--node-cidr-mask-size <bits>', 'prefix length of the range that each node gets for its pods', '24')
    .option('--write-kubeconfig <file>', "write the administrator's kubeconfig here")
    .option('--node-bridge <name>', 'interface that local nodes are behind; routes to pods and Services are kept on it')
    .parse(argv, { from: 'user' })
    .opts<Options>()
  process.title = 'cox server'
  const signal = terminationSignal()
  const logger = newStreamLogger({ stream: process.stderr })
  try {
    await serve(options, logger, signal)
  } catch (error) {
    logger.error('The control plane has stopped', error)
    process.exitCode = 1
  }
}

async function serve(options: Options, logger: Logger, signal: AbortSignal): Promise<void> {
  const { dataDir, bindAddress, securePort, serviceCidr } = options
  const port = Number(securePort)
  const [pki, storage] = await Promise.all([
    ensureClusterPki({ directory: join(dataDir, 'pki'), apiServerHosts: serverHosts(options), clock: systemClock }),
    drivers.sqlite({ directory: join(dataDir, 'store'), clock: systemClock, onFailure: (error) => fail(logger, error) }),
  ])
  const server = await newApiServer({
    storage,
    tls: { certificate: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.pair.certificate },
    authorizationModes: ['Node', 'RBAC'],
    anonymousAuth: true,
    admission: { enabled: ['NodeRestriction', 'DenyServiceExternalIPs'], disabled: [] },
    serviceClusterIpRange: serviceCidr,
    serviceNodePortRange: { from: 30_000, to: 32_767 },
    serviceAccount: { issuers: ['https://kubernetes.default.svc.cluster.local'], signingKey: pki.serviceAccount.privateKey, verificationKeys: [] },
    advertiseAddress: `${bindAddress}:${securePort}`,
    kubeletCredentials: { ...pki.apiServerKubeletClient, ca: pki.ca.pair.certificate },
    clock: systemClock,
    logger,
  })
  try {
    await server.listen({ host: bindAddress, port })
    logger.info('Serving securely', { address: bindAddress, port })
    if (options.writeKubeconfig) await writeKubeconfig(options.writeKubeconfig, `https://${bindAddress}:${port}`, pki)
    const rest = controlPlane(options, server, pki, logger)
    await runComponents([server, ...rest.map((component) => afterReady(component, server))], signal, logger)
  } finally {
    await storage.close()
  }
}

/** A component that starts when the API server is ready: earlier its identity would not have its rights yet. */
function afterReady(component: Component, server: ApiServer): Component {
  return {
    name: component.name,
    async run(signal) {
      const aborted = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => aborted.resolve(), { once: true })
      await Promise.race([server.ready, aborted.promise])
      if (!signal.aborted) await component.run(signal)
    },
  }
}

/** The store cannot be trusted any more: stop serving from it at once. */
function fail(logger: Logger, error: Error): never {
  logger.error('The store has failed', error)
  process.exit(1)
}

function serverHosts({ bindAddress, serviceCidr }: Options): string[] {
  const range = parseCidr(serviceCidr)
  if (!range) throw new Error(`--service-cidr: ${serviceCidr} is no CIDR`)
  const serviceIP = formatIp({ ...range.ip, value: network(range).ip.value + 1n })
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost', hostname()]
  return [...names, '127.0.0.1', bindAddress, serviceIP]
}

async function writeKubeconfig(file: string, server: string, pki: ClusterPki): Promise<void> {
  const pair = await pki.client('admin', 'kubernetes-admin', ['system:masters'])
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.new`, clientKubeconfig({ server, ca: pki.ca.pair.certificate, pair }), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

const authenticated = 'system:authenticated'
const serviceAccountUser = (name: string): UserInfo => ({
  name: `system:serviceaccount:kube-system:${name}`,
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', authenticated],
  extra: new Map(),
})

/** Clients of the server in its own process; one token per identity. */
class InProcessClients {
  readonly #server: ApiServer
  readonly #tokens = new Map<string, string>()

  constructor(server: ApiServer) {
    this.#server = server
  }

  of(user: UserInfo, agent: string, { metadataOnly = false } = {}): Client {
    const known = this.#tokens.get(user.name)
    const token = known ?? randomBytes(32).toString('base64url')
    if (!known) {
      this.#tokens.set(user.name, token)
      this.#server.addToken(token, user)
    }
    return newClient(this.#server.inProcessTransport(token), { userAgent: `${agent}/${version}`, metadataOnly })
  }
}

/** Everything of the control plane but the API server. */
function controlPlane({ clusterCidr, nodeCidrMaskSize, serviceCidr, nodeBridge }: Options, server: ApiServer, pki: ClusterPki, logger: Logger): Component[] {
  const clients = new InProcessClients(server)
  const clock = systemClock
  const rand = systemRand
  const controllerManager = newControllerManager({
    controllers: allControllers({
      rootCa: pki.ca.pair.certificate,
      nodeRanges: [{ cidr: parseCidr(clusterCidr)!, nodePrefixLength: Number(nodeCidrMaskSize) }],
    }),
    client: clients.of({ name: 'system:kube-controller-manager', groups: [authenticated], extra: new Map() }, 'kube-controller-manager'),
    clientFor: (name) => clients.of(serviceAccountUser(serviceAccountOf(name)), 'kube-controller-manager'),
    metadataClientFor: (name) => clients.of(serviceAccountUser(serviceAccountOf(name)), 'kube-controller-manager', { metadataOnly: true }),
    clock,
    rand,
    logger,
  })
  const schedulerClient = clients.of({ name: 'system:kube-scheduler', groups: [authenticated], extra: new Map() }, 'kube-scheduler')
  const schedulerInformers = newInformerFactory({ client: schedulerClient, clock, logger })
  const recorder = newEventRecorder({ client: schedulerClient, component: 'default-scheduler', clock, logger })
  const scheduler = newScheduler({ client: schedulerClient, informers: schedulerInformers, recorder, clock, rand, logger })
  const admin = clients.of({ name: 'system:coxswain', groups: ['system:masters', authenticated], extra: new Map() }, 'cox')
  return [
    controllerManager,
    scheduler,
    { name: 'scheduler informers', run: (signal) => schedulerInformers.run(signal) },
    { name: 'scheduler events', run: (signal) => recorder.run(signal) },
    bindKubeletClient(admin),
    ...(nodeBridge ? hostNetwork({ nodeBridge, serviceCidr }, admin, logger) : []),
  ]
}

function hostNetwork({ nodeBridge, serviceCidr }: { nodeBridge: string; serviceCidr: string }, client: Client, logger: Logger): Component[] {
  const informers = newInformerFactory({ client, logger })
  const hosts = newHostNetwork({ nodes: informers.for(nodes), serviceCidr, bridge: nodeBridge, clock: systemClock, logger })
  return [hosts, { name: 'host network informers', run: (signal) => informers.run(signal) }]
}
