// The composition of a control plane: API server, controllers and scheduler in one process, each with its own identity; they meet
// only through the API.
import { healthPaths } from '../apiserver/authn/anonymous.ts'
import type { UserInfo } from '../apiserver/authn/user.ts'
import type { AuditOptions } from '../apiserver/audit/options.ts'
import type { PluginSelection } from '../apiserver/admission-plugins.ts'
import type { TlsOptions } from '../apiserver/http/secure-server.ts'
import type { LoadedEncryption } from '../apiserver/encryption/reload/load.ts'
import type { ApiServer } from '../apiserver/server-options.ts'
import { newApiServer } from '../apiserver/server.ts'
import type { Client } from '../client/client.ts'
import { newEventRecorder } from '../client/events/recorder.ts'
import { newInformerFactory } from '../client/informers/factory.ts'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import { MetricsRegistry } from '../component-base/metrics/registry.ts'
import type { SigningOptions } from '../controllers/csrsigning/index.ts'
import { newControllerManager } from '../controllers/framework/manager.ts'
import { allControllers } from '../controllers/registry.ts'
import { newHostNetwork } from '../network/host-network.ts'
import type { ClusterPki } from '../pki/cluster-pki.ts'
import { newScheduler } from '../scheduler/index.ts'
import { nodes } from '../api/resources.ts'
import type { Storage } from '../storage/storage.ts'
import { systemClock } from '../util/clock.ts'
import { parseCidr } from '../util/ip.ts'
import { systemRand } from '../util/rand.ts'
import { clusterInfo } from './cluster-info.ts'
import { serviceAccountOf } from './controller-identities.ts'
import { InProcessClients, plainUser, serviceAccountUser } from './in-process-clients.ts'
import { frontProxy } from './kube-apiserver-flags/authentication.ts'
import type { ClusterAuthority } from './own-credentials.ts'
import { ownRbac, ownUsers } from './own-rbac.ts'

type ControlPlaneAuthority = Pick<ClusterAuthority, 'signer' | 'bundle' | 'onChange'>

export interface ControlPlaneOptions {
  readonly storage: Storage
  readonly pki: ClusterPki
  /** Where the API is served, and where clients reach it. */
  readonly address: string
  readonly port: number
  /** How the API server shows itself to kubelets, as it is now; default: what {@link pki} says at the start. */
  /** Who signs, and who is to be believed, as of each moment; default: what `pki` says. */
  readonly authority?: ControlPlaneAuthority
  readonly kubeletCredentials?: { readonly certificate: string; readonly key: string; readonly ca: string }
  readonly serviceCidr: string
  readonly clusterCidr: string
  readonly nodeCidrMaskSize: number
  /** Interface that local nodes are behind. */
  readonly nodeBridge?: string
  /** Without it the store holds everything as it is. */
  readonly encryption?: LoadedEncryption
  /**
   * Where requests may be without credentials: `health` (default) at /livez, /readyz and /healthz only; `discovery` also at the cluster-info of
   * kubeadm's token discovery; `true` everywhere, as kube-apiserver alone; `false` nowhere.
   */
  readonly anonymousAuth?: AnonymousAuth
  /** Default: upstream's, NodeRestriction and DenyServiceExternalIPs (CVE-2020-8554). */
  readonly admission?: PluginSelection
  /** Further certificates, versions and ciphers. */
  readonly tls?: Pick<TlsOptions, 'named' | 'settings'>
  readonly audit?: AuditOptions
  /** What /flagz shows; without it there is none. */
  readonly flags?: ReadonlyMap<string, string>
  readonly logger: Logger
}

export const anonymousAuthChoices = ['health', 'discovery', 'true', 'false'] as const
export type AnonymousAuth = (typeof anonymousAuthChoices)[number]

const clusterInfoPath = '/api/v1/namespaces/kube-public/configmaps/cluster-info'

function anonymousAccess(where: AnonymousAuth) {
  const paths = where === 'discovery' ? new Set([...healthPaths, clusterInfoPath]) : healthPaths
  return { anonymousAuth: where !== 'false', ...(where === 'health' || where === 'discovery' ? { anonymousPaths: paths } : {}) }
}

export interface ControlPlane {
  readonly server: ApiServer
  /** Everything to run; all but the API server wait until that is ready. */
  readonly components: readonly Component[]
  /** A client of this process, acting as `user`. */
  clientOf(user: UserInfo, agent: string): Client
  /** Whom the parts of this process act as. */
  readonly identities: () => readonly UserInfo[]
}

export async function newControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { storage, pki, address, port, serviceCidr, logger } = options
  /** One process, one page of metrics. */
  const registry = new MetricsRegistry()
  const server = await newApiServer({
    storage,
    registry,
    tls: {
      certificate: pki.apiServer.certificate,
      key: pki.apiServer.key,
      clientCa: pki.caBundle,
      requestHeaderCa: pki.frontProxyBundle,
      ...options.tls,
    },
    requestHeader: frontProxy,
    bootstrapTokenAuth: true,
    ownRbac,
    authorizationModes: ['Node', 'RBAC'],
    ...anonymousAccess(options.anonymousAuth ?? 'health'),
    admission: options.admission ?? { enabled: ['NodeRestriction', 'DenyServiceExternalIPs'], disabled: [] },
    serviceClusterIpRange: serviceCidr,
    serviceNodePortRange: { from: 30_000, to: 32_767 },
    serviceAccount: {
      issuers: ['https://kubernetes.default.svc.cluster.local'],
      signingKey: pki.serviceAccount.privateKey,
      verificationKeys: [pki.serviceAccount.publicKey],
      extendTokenExpiration: false,
    },
    advertiseAddress: `${address}:${port}`,
    ...(options.encryption ? { encryption: options.encryption } : {}),
    ...(options.audit ? { audit: options.audit } : {}),
    ...(options.flags ? { flags: options.flags } : {}),
    controlPlaneParts: new Map([
      ['controller-manager', 'in-process'],
      ['scheduler', 'in-process'],
    ]),
    kubeletCredentials: options.kubeletCredentials ?? { ...pki.apiServerKubeletClient, ca: pki.caBundle },
    clock: systemClock,
    logger,
  })
  const clients = new InProcessClients(server)
  const rest = components(options, clients, registry).map((component) => afterReady(component, server))
  return { server, components: [server, ...rest], clientOf: (user, agent) => clients.of(user, agent), identities: () => clients.users }
}

/** A component that starts when the API server is ready: earlier its identity would not have its rights yet. */
export function afterReady(component: Component, server: Pick<ApiServer, 'ready'>): Component {
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

/** --cluster-signing-duration's default: a year. */
const certificateMsMax = 365 * 24 * 60 * 60 * 1000

/** One authority signs for all of kubernetes.io. */
const signing = (authority: ControlPlaneAuthority): SigningOptions => ({
  authorities: {
    'kubernetes.io/kubelet-serving': () => authority.signer,
    'kubernetes.io/kube-apiserver-client-kubelet': () => authority.signer,
    'kubernetes.io/kube-apiserver-client': () => authority.signer,
    'kubernetes.io/legacy-unknown': () => authority.signer,
  },
  validityMsMax: certificateMsMax,
})

/** Everything of the control plane but the API server. */
function components(options: ControlPlaneOptions, clients: InProcessClients, metrics: MetricsRegistry): Component[] {
  const { clusterCidr, nodeCidrMaskSize, serviceCidr, nodeBridge, pki, address, port, logger } = options
  const clock = systemClock
  const authority = options.authority ?? { signer: pki.ca, bundle: pki.caBundle, onChange: () => {} }
  const controllerManager = newControllerManager({
    controllers: allControllers({
      rootCa: authority,
      nodeRanges: [{ cidr: parseCidr(clusterCidr)!, nodePrefixLength: nodeCidrMaskSize }],
      signing: signing(authority),
      serviceAccountKey: pki.serviceAccount.privateKey,
      approveKubeletServing: true,
    }),
    enabled: ['*', 'bootstrap-signer-controller', 'token-cleaner-controller'],
    client: clients.of(plainUser('system:kube-controller-manager'), 'kube-controller-manager'),
    clientFor: (name) => clients.of(serviceAccountUser(serviceAccountOf(name)), 'kube-controller-manager'),
    metadataClientFor: (name) => clients.of(serviceAccountUser(serviceAccountOf(name)), 'kube-controller-manager', { metadataOnly: true }),
    metrics,
    clock,
    rand: systemRand,
    logger,
  })
  const own = (name: string) => clients.of(plainUser(name), 'cox')
  return [
    controllerManager,
    ...schedulerComponents(clients.of(plainUser('system:kube-scheduler'), 'kube-scheduler'), metrics, logger),
    clusterInfo(own(ownUsers.clusterInfo), { server: `https://${address}:${port}`, ca: () => authority.bundle, clock, logger }),
    ...(nodeBridge ? hostNetwork({ nodeBridge, serviceCidr }, own(ownUsers.hostNetwork), logger) : []),
  ]
}

function hostNetwork({ nodeBridge, serviceCidr }: { nodeBridge: string; serviceCidr: string }, client: Client, logger: Logger): Component[] {
  const informers = newInformerFactory({ client, logger })
  const hosts = newHostNetwork({ nodes: informers.for(nodes), serviceCidr, bridge: nodeBridge, clock: systemClock, logger })
  return [hosts, { name: 'host network informers', run: (signal) => informers.run(signal) }]
}

function schedulerComponents(client: Client, metrics: MetricsRegistry, logger: Logger): Component[] {
  const clock = systemClock
  const informers = newInformerFactory({ client, clock, logger })
  const recorder = newEventRecorder({ client, component: 'default-scheduler', clock, logger })
  return [
    newScheduler({ client, informers, recorder, clock, rand: systemRand, logger, metrics }),
    { name: 'scheduler informers', run: (signal) => informers.run(signal) },
    { name: 'scheduler events', run: (signal) => recorder.run(signal) },
  ]
}
