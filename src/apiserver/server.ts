// The composition of the whole API server: storage, registry, endpoints, identity and rights, discovery. Everything it needs
// comes in as plain values; flags are read in src/cmd. How each concern is put together is in composition/, a file each.
import { clusterRoles, namespaces, roles } from '../api/resources.ts'
import { featureGates } from '../api/feature-gates.ts'
import { schema } from '../api/schema.ts'
import { jwsSigningKey } from '../pki/jws-key.ts'
import { newCodec } from '../apimachinery/codec/new-codec.ts'
import { systemRand } from '../util/rand.ts'
import { addProcessMetrics } from '../component-base/metrics/process-metrics.ts'
import { flagzPath } from '../component-base/zpages/flagz.ts'
import { statuszPath } from '../component-base/zpages/statusz.ts'
import { MetricsRegistry } from '../component-base/metrics/registry.ts'
import { newAdmissionPlugins } from './admission-plugins.ts'
import { allowsAnonymous } from './authn/anonymous.ts'
import { newIdentity } from './authn/identity.ts'
import { distinctKeys, verificationKeys } from './authn/service-account/keys.ts'
import { TokenTable } from './authn/token-file.ts'
import { followPodsOfNodes } from './authz/node/pods-of-nodes.ts'
import { runCompactor } from './cacher/compactor.ts'
import { newAdmissionSlots } from './composition/admission-slots.ts'
import { newServerAudit } from './composition/audit.ts'
import { authorizeCreate, newServerAuthorization } from './composition/authorization.ts'
import { newComponentHealth } from './composition/component-health.ts'
import { encryptionStatus } from './composition/encryption.ts'
import { newFieldManagement } from './composition/field-management.ts'
import { newServerFlowControl } from './composition/flow-control.ts'
import { indexPaths, isServed, openidRoute, zPagesRoute } from './composition/paths.ts'
import { postStartHooks } from './composition/post-start.ts'
import { newServiceAddresses } from './composition/services.ts'
import { subresourceHandlers } from './composition/subresources.ts'
import { newServerTrust } from './composition/trust.ts'
import { newDiscoveryHandler } from './discovery/discovery-handler.ts'
import { builtInSource } from './discovery/source.ts'
import { newResourceHandler } from './endpoints/handler.ts'
import { encodeYaml } from './endpoints/yaml.ts'
import { newSeriesOf } from './endpoints/series/series-of.ts'
import { BodyReader } from './endpoints/large-bodies/body-reader.ts'
import { GenericApiServer } from './generic-api-server.ts'
import { storeCheck } from './health/store-check.ts'
import { newLoopback } from './loopback.ts'
import { newAdmissionMetrics } from './metrics/admission-metrics.ts'
import { storageMetrics } from './metrics/storage-metrics.ts'
import { newWatchMetrics } from './metrics/watch-metrics.ts'
import { newOpenapiHandler } from './openapi/openapi-handler.ts'
import { horizontalPodAutoscalerConversion } from './registry/autoscaling/horizontalpodautoscaler/version-conversion.ts'
import { newStaleEndpoints } from './registry/core/service/stale-endpoints.ts'
import { Registry } from './registry/generic/registry.ts'
import { StoreListers } from './registry/generic/store-lister.ts'
import { newStrategies } from './registry/strategies.ts'
import type { ApiServer, ApiServerOptions } from './server-options.ts'
import { versionInfo } from './version.ts'

export async function newApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { storage, clock, logger, serviceAccount } = options
  const codec = newCodec(schema)
  const metricsRegistry = options.registry ?? new MetricsRegistry()
  addProcessMetrics(metricsRegistry, { version: versionInfo.gitVersion, features: featureGates })
  const tokens = new TokenTable()
  const loopback = newLoopback({ tokens, clock, logger })
  const { authorizer, rbac } = await newServerAuthorization({ ...options, registry: metricsRegistry }, loopback, () => podsOfNodes)
  const key = jwsSigningKey(serviceAccount.signingKey)
  const keys = distinctKeys([key, ...serviceAccount.verificationKeys.flatMap(verificationKeys)])
  const namespacesExist = Promise.withResolvers<void>()
  const trust = newServerTrust(options, loopback, namespacesExist.promise)

  const listers = new StoreListers((id) => registry.store(id))
  const serviceAddresses = newServiceAddresses(options, codec, loopback, listers)
  const identity = await newIdentity({ ...options, registry: metricsRegistry, tokens, keys, listers, client: loopback.client, trust: trust.current })
  const conversions = new Map([['autoscaling/v1/horizontalpodautoscalers', horizontalPodAutoscalerConversion]])
  const strategies = newStrategies({
    serviceAllocation: serviceAddresses.allocation,
    deleteEndpoints: newStaleEndpoints(() => registry.store('v1/endpoints')!, logger),
    escalation: { authorizer, rules: rbac, roles: listers.for(roles), clusterRoles: listers.for(clusterRoles) },
    namespaces: listers.for(namespaces),
  })
  const bodies = new BodyReader(codec, clock)
  const extensions = newAdmissionSlots({ listers, authorizer, codec, strategies, scopeOf: (id) => registry.scope(id), logger, clock, metrics: metricsRegistry })
  const registry: Registry = new Registry({
    storage,
    codec,
    clock,
    strategies,
    conversions,
    ...(options.encryption ? { encryption: options.encryption.encryption } : {}),
    admission: newAdmissionPlugins(options.admission, {
      listers,
      authorizer,
      client: loopback.client,
      clock,
      slots: extensions.slots,
    }),
    admissionReady: () => listers.start(),
    admissionObserver: newAdmissionMetrics(metricsRegistry),
    ...(options.eventTtlSeconds === undefined ? {} : { eventTtlSeconds: options.eventTtlSeconds }),
  })
  const podsOfNodes = followPodsOfNodes(registry.store('v1/pods')!)
  const flowControl = newServerFlowControl(options, registry, loopback)
  const audit = await newServerAudit(options.audit, options)
  const encryption = encryptionStatus(options.encryption)
  const componentHealth = newComponentHealth(options.controlPlaneParts ?? new Map())
  const { sharedStore } = options
  const server = new GenericApiServer({
    ...options,
    registry: metricsRegistry,
    ...(flowControl.control ? { flowControl: flowControl.control } : {}),
    auditing: audit.auditing,
    authenticate: identity.authenticate,
    allowAnonymous: (path) => allowsAnonymous(identity.anonymous(), path),
    authorizer,
    resourceHandler: newResourceHandler({
      seriesOf: newSeriesOf(codec),
      registry,
      codec,
      clock,
      logger,
      fieldManagement: newFieldManagement(codec, conversions, strategies),
      ...(options.minRequestTimeoutSeconds === undefined ? {} : { minRequestTimeoutSeconds: options.minRequestTimeoutSeconds }),
      bodies,
      watchObserver: newWatchMetrics(metricsRegistry),
      subresourceHandlers: subresourceHandlers(options, { authorizer, identity, key, components: componentHealth.checks }),
      authorizeCreate: (request) => authorizeCreate(authorizer, request),
    }),
    routes: [
      newDiscoveryHandler({ sources: [builtInSource()], codec, serverAddress: () => options.advertiseAddress }),
      newOpenapiHandler(),
      openidRoute({ issuer: serviceAccount.issuers[0]!, jwksUri: serviceAccount.jwksUri ?? `https://${options.advertiseAddress}/openid/v1/jwks`, keys }),
      zPagesRoute({ flags: options.flags, clock, rand: systemRand, yaml: encodeYaml }),
      ...flowControl.routes,
    ],
    indexPaths: () => [...indexPaths(), statuszPath, ...(options.flags ? [flagzPath] : [])].toSorted(),
    healthChecks: [storeCheck('etcd', storage, clock, sharedStore?.healthTimeoutMs), ...encryption.healthChecks],
    metrics: [
      () => storageMetrics(storage, sharedStore ? 'etcd-0' : 'embedded', storedResources(registry)),
      ...audit.metrics,
      ...flowControl.metrics,
      ...encryption.metrics,
    ],
    readinessChecks: [storeCheck('etcd-readiness', storage, clock, sharedStore?.readinessTimeoutMs)],
    postStartHooks: [
      ...postStartHooks(options, {
        loopback,
        serviceAddresses,
        namespacesExist,
        podsCached: () => registry.store('v1/pods')!.cacher.start(),
      }),
      trust.hook,
      ...flowControl.hooks,
    ],
    isServed,
    codec,
  })
  loopback.connect((token) => server.inProcessTransport(token))

  return {
    name: 'kube-apiserver',
    ready: server.ready,
    listen: (address) => server.listen(address),
    updateTls: (tls) => trust.update(tls, () => server.updateTls(tls)),
    inProcessTransport: (token) => server.inProcessTransport(token),
    addToken: (token, user) => tokens.add(token, user),
    async run(signal) {
      const background = [
        loopback.informers.run(signal),
        options.encryption?.run(signal),
        runCompactor(
          { storage, intervalMs: sharedStore?.compactionIntervalMs, clock, onError: (error) => logger.error('Compaction has failed', error) },
          signal,
        ),
        flowControl.run(signal),
        serviceAddresses.run(signal),
      ]
      try {
        await server.run(signal)
      } finally {
        registry.stop()
        authorizer.close()
        extensions.close()
        identity.close()
        componentHealth.close()
        await Promise.all([...background, bodies.close()])
        await options.encryption?.close()
      }
    },
  }
}

function* storedResources(registry: Registry) {
  for (const { resource, cacher } of registry.stores)
    yield { group: resource.group, resource: resource.plural, count: cacher.revision > 0 ? cacher.size : undefined }
}
