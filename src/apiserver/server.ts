// The composition of the whole API server: storage, registry, endpoints, identity and rights, discovery. Everything it needs
// comes in as plain values; flags are read in src/cmd.
import type { Service } from '../api/core/v1.ts'
import { resourceFacts } from '../api/resource-facts.ts'
import { clusterRoles, roles, services } from '../api/resources.ts'
import { schema } from '../api/schema.ts'
import { newCodec } from '../apimachinery/codec/new-codec.ts'
import type { Transport } from '../client/transport/transport.ts'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import type { Storage } from '../storage/storage.ts'
import type { Clock } from '../util/clock.ts'
import { formatIp, network, parseCidr } from '../util/ip.ts'
import { systemRand } from '../util/rand.ts'
import { newAdmissionPlugins, type PluginSelection } from './admission-plugins.ts'
import type { AuditOptions } from './audit/options.ts'
import { allowsAnonymous } from './authn/anonymous.ts'
import { type IdentityOptions, newIdentity } from './authn/identity.ts'
import { distinctKeys, jsonWebKeySet, openidConfiguration, signingKey, verificationKeys, type VerificationKey } from './authn/service-account/keys.ts'
import { newTokenSigner } from './authn/service-account/token-signer.ts'
import { CertificateBundle, type ClientTrust } from './authn/certificate-bundle.ts'
import type { RequestHeaderOptions } from './authn/request-header.ts'
import { TokenTable } from './authn/token-file.ts'
import type { UserInfo } from './authn/user.ts'
import { abacAuthorizer } from './authz/abac/abac-authorizer.ts'
import type { Policy } from './authz/abac/policies.ts'
import type { Authorizer } from './authz/authorizer.ts'
import type { AuthorizationConfiguration, AuthorizerType } from './authz/config/authorization-configuration.ts'
import { type ConfiguredAuthorizerOptions, ConfiguredAuthorizers } from './authz/configured-authorizer.ts'
import { forbiddenError } from './authz/forbidden.ts'
import { followNodeGraph } from './authz/node/graph.ts'
import { followPodsOfNodes } from './authz/node/pods-of-nodes.ts'
import { nodeAuthorizer } from './authz/node-authorizer.ts'
import type { BootstrapObjects } from './authz/rbac/bootstrap-objects.ts'
import { rbacAuthorizer } from './authz/rbac/rbac-authorizer.ts'
import { RbacIndex } from './authz/rbac/rbac-index.ts'
import { followRbac } from './authz/rbac/rbac-informers.ts'
import { clusterAuthenticationInfo } from './bootstrap/cluster-authentication-info.ts'
import { FlowControlProducer } from './bootstrap/flow-control.ts'
import { kubernetesService } from './bootstrap/kubernetes-service.ts'
import { localApiServices } from './bootstrap/local-api-services.ts'
import { systemPriorityClasses } from './bootstrap/priority-classes.ts'
import { rbacBootstrapRoles } from './bootstrap/rbac.ts'
import { systemNamespaces } from './bootstrap/system-namespaces.ts'
import { runCompactor } from './cacher/compactor.ts'
import type { ConfigSource } from './config-file/config-source.ts'
import { newDiscoveryHandler } from './discovery/discovery-handler.ts'
import { builtInSource } from './discovery/source.ts'
import type { LoadedEncryption } from './encryption/reload/load.ts'
import { newResourceHandler } from './endpoints/handler.ts'
import { BodyReader } from './endpoints/large-bodies/body-reader.ts'
import { ConfigController } from './flowcontrol/config-controller.ts'
import { flowControlDumps } from './flowcontrol/dump.ts'
import { FlowControl } from './flowcontrol/flow-control.ts'
import { ResourceStatistics } from './flowcontrol/resource-statistics.ts'
import { newSpecialHandlers } from './endpoints/special/handlers.ts'
import { GenericApiServer, inFlightDefault, type Route } from './generic-api-server.ts'
import type { PostStartHook } from './health/post-start-hooks.ts'
import type { ApiRequest, RequestInfo } from './http/api-request.ts'
import type { InFlightLimits } from './http/filters/max-in-flight.ts'
import { json } from './http/object-encoder.ts'
import type { TlsOptions } from './http/secure-server.ts'
import { attributesOf } from './http/filters/authorization.ts'
import { groupVersions } from './openapi/documents.ts'
import { newOpenapiHandler } from './openapi/openapi-handler.ts'
import type { ServerRequest } from './http/server-request.ts'
import { type Loopback, newLoopback } from './loopback.ts'
import { newAddressBook } from './registry/core/service/ip-addresses.ts'
import { IpAllocator } from './registry/core/service/ip-allocator.ts'
import { PortAllocator, type PortRange } from './registry/core/service/port-allocator.ts'
import { ServiceAllocation } from './registry/core/service/allocation.ts'
import { Registry } from './registry/generic/registry.ts'
import { StoreListers } from './registry/generic/store-lister.ts'
import { horizontalPodAutoscalerConversion } from './registry/autoscaling/horizontalpodautoscaler/version-conversion.ts'
import { newStrategies } from './registry/strategies.ts'
import { newServerAudit } from './server-audit.ts'
import { newFieldManagement } from './server-field-management.ts'
import { objectProxyHandlers } from './streaming/object-proxy.ts'
import { podStreamHandlers } from './streaming/pod-streams.ts'
import { type KubeletCredentials, Proxy } from './streaming/proxy.ts'
import { newReviewClient } from './webhook/review-client.ts'

export type AuthorizationMode = Exclude<AuthorizerType, 'ABAC' | 'Webhook'>

export interface ApiServerOptions extends Pick<
  IdentityOptions,
  'tokenFile' | 'bootstrapTokenAuth' | 'requestHeader' | 'anonymousAuth' | 'anonymousPaths' | 'authenticationConfig' | 'tokenWebhook'
> {
  readonly storage: Storage
  readonly tls: TlsOptions
  /** In the order in which they are asked; `authorization` says more and takes their place. */
  readonly authorizationModes: readonly AuthorizationMode[]
  readonly authorization?: { readonly config: ConfigSource<AuthorizationConfiguration>; readonly abacPolicies?: readonly Policy[] }
  /** RBAC objects that this cluster has beside those of every cluster. */
  readonly ownRbac?: Partial<BootstrapObjects>
  readonly admission: PluginSelection
  /** One or two CIDRs, comma separated; the first is the cluster's default family. */
  readonly serviceClusterIpRange: string
  readonly serviceNodePortRange: PortRange
  readonly serviceAccount: {
    /** The first one signs. */
    readonly issuers: readonly string[]
    /** PEM private key. */
    readonly signingKey: string
    /** PEM keys that are accepted beside the signing key. */
    readonly verificationKeys: readonly string[]
    /** Default: the issuers. */
    readonly audiences?: readonly string[]
    /** --service-account-lookup, default true. */
    readonly lookup?: boolean
    /** --service-account-extend-token-expiration, default true, as upstream: tokens of pods are good for a year; false: for what they say. */
    readonly extendTokenExpiration?: boolean
    /** --service-account-max-token-expiration: longer requests get this much; left out, as much as they ask for. */
    readonly maxTokenExpirationSeconds?: number
  }
  /** host:port that clients reach the server at. */
  readonly advertiseAddress: string
  /** How the server shows itself to kubelets; without it they are called without a certificate, and theirs is not checked. */
  readonly kubeletCredentials?: KubeletCredentials
  /** Encryption at rest; without it values are stored as they are. */
  readonly encryption?: LoadedEncryption
  /** Together they are the seats of priority and fairness. */
  /** Without it nothing is audited. */
  readonly audit?: AuditOptions
  readonly limits?: InFlightLimits
  /** Default true. */
  readonly priorityAndFairness?: boolean
  readonly requestTimeoutMs?: number
  /** Least time of a watch without timeoutSeconds; it lasts up to twice as long. Default 1800. */
  readonly minRequestTimeoutSeconds?: number
  readonly goawayChance?: number
  readonly shutdownDelayMs?: number
  readonly shutdownSendRetryAfter?: boolean
  readonly clock: Clock
  readonly logger: Logger
}

export interface ApiServer extends Component {
  /** @throws {Error} EADDRINUSE and the like */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ port: number }>
  /** A new serving certificate for connections to come, and the authorities that clients are believed by from now on. @throws {Error} */
  updateTls(tls: TlsOptions): void
  /** Resolves once /readyz would say so: bootstrap objects are there, RBAC is in force. */
  readonly ready: Promise<void>
  /** A transport for a component of this process; its requests carry `token`. */
  inProcessTransport(token: string): Transport
  /** Makes `token` known as `user`, for components of this process. */
  addToken(token: string, user: UserInfo): void
}

export async function newApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { storage, clock, logger, serviceAccount } = options
  const codec = newCodec(schema)
  const tokens = new TokenTable()
  const loopback = newLoopback({ tokens, clock, logger })
  const rbac = new RbacIndex()
  const node = nodeAuthorizer(followNodeGraph(loopback.informers, () => podsOfNodes))
  const authorizer = await newAuthorizer(options, { node, rbac: rbacAuthorizer(rbac) })
  const key = signingKey(serviceAccount.signingKey)
  const keys = distinctKeys([key, ...serviceAccount.verificationKeys.flatMap(verificationKeys)])
  let trust = trustOf(options.tls)
  const namespacesExist = Promise.withResolvers<void>()
  const headers = options.requestHeader ?? noRequestHeaders
  const authenticationInfo = clusterAuthenticationInfo({ ...loopback, trust: () => trust, headers, clock, logger }, namespacesExist.promise)

  const proxy = new Proxy(options.kubeletCredentials)
  const serviceAllocation = newServiceAllocation(options)
  const listers = new StoreListers((id) => registry.store(id))
  const identity = await newIdentity({ ...options, tokens, keys, listers, client: loopback.client, trust: () => trust })
  const conversions = new Map([['autoscaling/v1/horizontalpodautoscalers', horizontalPodAutoscalerConversion]])
  const strategies = newStrategies({
    serviceAllocation,
    escalation: { authorizer, rules: rbacAuthorizer(rbac), roles: listers.for(roles), clusterRoles: listers.for(clusterRoles) },
  })
  const bodies = new BodyReader(codec, clock)
  const registry: Registry = new Registry({
    storage,
    codec,
    clock,
    strategies,
    conversions,
    ...(options.encryption ? { encryption: options.encryption.encryption } : {}),
    admission: newAdmissionPlugins(options.admission, { listers, authorizer, client: loopback.client, clock }),
    admissionReady: () => listers.start(),
  })
  const podsOfNodes = followPodsOfNodes(registry.store('v1/pods')!)
  const flowControl = newFlowControl(options, registry)
  const configController = flowControl && new ConfigController({ ...options, control: flowControl, ...loopback, rand: systemRand })
  const producer = new FlowControlProducer(loopback.client, clock, logger)
  const server = new GenericApiServer({
    ...options,
    ...(flowControl ? { flowControl } : {}),
    ...(await newServerAudit(options.audit, options)),
    authenticate: identity.authenticate,
    allowAnonymous: (path) => allowsAnonymous(identity.anonymous(), path),
    authorizer,
    resourceHandler: newResourceHandler({
      registry,
      codec,
      clock,
      logger,
      fieldManagement: newFieldManagement(codec, conversions, strategies),
      ...(options.minRequestTimeoutSeconds === undefined ? {} : { minRequestTimeoutSeconds: options.minRequestTimeoutSeconds }),
      bodies,
      subresourceHandlers: new Map([
        ...podStreamHandlers(proxy),
        ...objectProxyHandlers(proxy, systemRand),
        ...newSpecialHandlers({
          authorizer,
          rules: authorizer,
          reviewToken: identity.reviewToken,
          signer: newTokenSigner({ issuer: serviceAccount.issuers[0]!, key, clock }),
          defaultAudiences: identity.apiAudiences,
          extendExpiration: serviceAccount.extendTokenExpiration ?? true,
          ...(serviceAccount.maxTokenExpirationSeconds === undefined ? {} : { maxExpirationSeconds: serviceAccount.maxTokenExpirationSeconds }),
        }),
      ]),
      authorizeCreate: (request) => authorizeCreate(authorizer, request),
    }),
    routes: [
      newDiscoveryHandler({ sources: [builtInSource()], codec, serverAddress: () => options.advertiseAddress }),
      newOpenapiHandler(),
      openidRoute(serviceAccount.issuers[0]!, options.advertiseAddress, keys),
      ...(flowControl ? [flowControlDumps(flowControl, clock)] : []),
    ],
    indexPaths: () => indexPaths(),
    ...encryptionStatus(options.encryption),
    readinessChecks: [{ name: 'etcd', check: async () => void (await storage.currentRevision()) }],
    postStartHooks: [
      ...postStartHooks(loopback, serviceAllocation, options, namespacesExist, () => registry.store('v1/pods')!.cacher.start()),
      authenticationInfo,
      producer.hook,
      ...(configController ? [{ name: 'priority-and-fairness-config-consumer', run: (signal: AbortSignal) => configController.started(signal) }] : []),
    ],
    isServed,
    codec,
  })
  loopback.connect((token) => server.inProcessTransport(token))
  // Also without RBAC mode: nobody grants what he does not hold, whoever may decide later what grants are worth.
  followRbac(rbac, loopback.informers)

  return {
    name: 'kube-apiserver',
    ready: server.ready,
    listen: (address) => server.listen(address),
    updateTls(tls) {
      const next = trustOf(tls)
      server.updateTls(tls)
      trust = next
      authenticationInfo.changed()
    },
    inProcessTransport: (token) => server.inProcessTransport(token),
    addToken: (token, user) => tokens.add(token, user),
    async run(signal) {
      const informersDone = loopback.informers.run(signal)
      const encryptionDone = options.encryption?.run(signal)
      const compactorDone = runCompactor(storage, clock, signal, (error) => logger.error('Compaction has failed', error))
      const configDone = configController?.run(signal)
      const producerDone = producer.run(signal)
      try {
        await server.run(signal)
      } finally {
        registry.stop()
        authorizer.close()
        identity.close()
        await Promise.all([informersDone, compactorDone, encryptionDone, configDone, producerDone, bodies.close()])
        await options.encryption?.close()
      }
    },
  }
}

/** @throws {Error} when there would be no seat */
function newFlowControl(
  { priorityAndFairness = true, limits = inFlightDefault, clock, logger }: ApiServerOptions,
  registry: Registry,
): FlowControl | undefined {
  if (!priorityAndFairness) return undefined
  const { readOnlyMax, mutatingMax } = limits
  if (readOnlyMax + mutatingMax <= 0) {
    const given = `MaxRequestsInFlight=${readOnlyMax} and MaxMutatingRequestsInFlight=${mutatingMax}`
    throw new Error(`invalid configuration: ${given}; they must add up to something positive`)
  }
  const statistics = new ResourceStatistics((id) => registry.scope(id)?.store, clock)
  return new FlowControl({ seats: readOnlyMax + mutatingMax, statsOf: (info) => statistics.of(info), clock, logger })
}

/** What exists may be a label of metrics; everything else is the invention of a client, also below a resource that exists. */
function isServed({ apiGroup, apiVersion, resource, subresource }: RequestInfo): boolean {
  const facts = resourceFacts.get(`${apiGroup ? `${apiGroup}/` : ''}${apiVersion}/${resource}`)
  return facts !== undefined && (subresource === '' || (facts.subresources !== undefined && Object.hasOwn(facts.subresources, subresource)))
}

/** What health endpoints and /metrics show of encryption at rest. */
function encryptionStatus(loaded: LoadedEncryption | undefined) {
  if (!loaded) return {}
  const { encryption, metrics } = loaded
  return {
    healthChecks: encryption.hasHealthCheck ? [{ name: 'kms-providers', check: () => encryption.check() }] : [],
    moreMetrics: () => metrics.text(),
  }
}

async function newAuthorizer(
  { authorizationModes, authorization, clock, logger }: ApiServerOptions,
  { node, rbac }: Pick<ConfiguredAuthorizerOptions, 'node' | 'rbac'>,
): Promise<ConfiguredAuthorizers> {
  const { abacPolicies, config } = authorization ?? {}
  const modes = authorizationModes.map((type) => ({ type, name: type.toLowerCase() }))
  const authorizers = await ConfiguredAuthorizers.start(config?.current ?? { authorizers: modes }, {
    node,
    rbac,
    ...(abacPolicies ? { abac: abacAuthorizer(abacPolicies) } : {}),
    newReviewClient: ({ kubeconfigFile, timeoutMs }) => newReviewClient({ kubeconfigFile, timeoutMs, clock, rand: systemRand }),
    clock,
    logger,
  })
  config?.onChange?.((next) => authorizers.reconfigure(next))
  return authorizers
}

/** @throws {Error} for a bundle that cannot be read */
const trustOf = ({ clientCa, requestHeaderCa }: TlsOptions): ClientTrust => ({
  client: clientCa ? new CertificateBundle(clientCa) : undefined,
  requestHeader: requestHeaderCa ? new CertificateBundle(requestHeaderCa) : undefined,
})

const noRequestHeaders: RequestHeaderOptions = { allowedNames: [], usernameHeaders: [], uidHeaders: [], groupHeaders: [], extraHeaderPrefixes: [] }

/** @throws {Error} for a range that is none */
function newServiceAllocation({ serviceClusterIpRange, serviceNodePortRange }: ApiServerOptions): ServiceAllocation {
  const allocators = serviceClusterIpRange.split(',').map((text) => {
    const cidr = parseCidr(text.trim())
    if (!cidr) throw new Error(`service cluster IP range ${JSON.stringify(text)} is no CIDR`)
    return new IpAllocator(cidr, systemRand)
  })
  return new ServiceAllocation(allocators, new PortAllocator(serviceNodePortRange, systemRand))
}

/** A PUT or an apply that would create needs the right to create, too. @throws {ApiError} 403 */
async function authorizeCreate(authorizer: Authorizer, request: ApiRequest): Promise<void> {
  const attributes = { ...attributesOf(request as ServerRequest), verb: 'create' }
  const { outcome, reason } = await authorizer.authorize(attributes)
  if (outcome !== 'allow') throw forbiddenError(attributes, reason)
}

function indexPaths(): readonly string[] {
  const groups = [...groupVersions().keys()].flatMap((path) => [`/${path}`, `/${path.split('/').slice(0, -1).join('/')}`])
  const others = [
    '/.well-known/openid-configuration',
    '/apis',
    '/healthz',
    '/livez',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/openid/v1/jwks',
    '/readyz',
    '/version',
  ]
  return [...new Set([...groups, ...others])].toSorted()
}

function openidRoute(issuer: string, advertiseAddress: string, keys: readonly VerificationKey[]): Route {
  return ({ info }) => {
    if (info.path === '/.well-known/openid-configuration') return json(openidConfiguration(issuer, `https://${advertiseAddress}/openid/v1/jwks`, keys))
    if (info.path === '/openid/v1/jwks') return { ...json(jsonWebKeySet(keys)), headers: { 'content-type': 'application/jwk-set+json' } }
    return undefined
  }
}

function postStartHooks(
  { client, informers }: Loopback,
  allocation: ServiceAllocation,
  { logger, advertiseAddress, serviceClusterIpRange, ownRbac }: ApiServerOptions,
  namespacesExist: PromiseWithResolvers<void>,
  podsCached: () => Promise<void>,
): readonly PostStartHook[] {
  const { hostname: host, port } = new URL(`https://${advertiseAddress}`)
  const serviceCidrs = serviceClusterIpRange.split(',').map((text) => text.trim())
  const range = parseCidr(serviceCidrs[0]!)!
  const clusterIP = formatIp({ ...range.ip, value: network(range).ip.value + 1n })
  const servicesRestored = Promise.withResolvers<void>()
  const namespaces = systemNamespaces(client)
  return [
    {
      name: 'start-service-ip-repair-controllers',
      async run(signal) {
        const { items } = await client.list<Service>(services, { signal })
        await allocation.restore(items, newAddressBook(client))
        servicesRestored.resolve()
      },
    },
    { name: namespaces.name, run: (signal) => namespaces.run(signal).then(namespacesExist.resolve, namespacesExist.reject) },
    rbacBootstrapRoles(client, namespacesExist.promise, logger, ownRbac),
    systemPriorityClasses(client),
    localApiServices(client),
    kubernetesService(
      client,
      { clusterIP, serviceCidrs, host, port: Number(port || 443) },
      Promise.all([namespacesExist.promise, servicesRestored.promise]).then(() => {}),
    ),
    { name: 'start-informers', run: (signal) => Promise.all([informers.synced(signal), podsCached()]).then(() => {}) },
  ]
}
