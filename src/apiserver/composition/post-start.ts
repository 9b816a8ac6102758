// What the server makes of a fresh store before it is ready, and what it waits for.
import type { Service } from '../../api/core/v1.ts'
import { services } from '../../api/resources.ts'
import { kubernetesService } from '../bootstrap/kubernetes-service.ts'
import { legacyTokenTracking } from '../bootstrap/legacy-token-tracking.ts'
import { localApiServices } from '../bootstrap/local-api-services.ts'
import { systemPriorityClasses } from '../bootstrap/priority-classes.ts'
import { rbacBootstrapRoles } from '../bootstrap/rbac.ts'
import { systemNamespaces } from '../bootstrap/system-namespaces.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'
import type { Loopback } from '../loopback.ts'
import type { ServiceAllocation } from '../registry/core/service/allocation.ts'
import type { ClusterIps } from '../registry/core/service/cluster-ips.ts'
import type { ApiServerOptions } from '../server-options.ts'
import { firstServiceIp, serviceCidrsOf } from './services.ts'

export interface PostStartOptions {
  readonly loopback: Loopback
  readonly allocation: ServiceAllocation
  readonly clusterIps: ClusterIps
  /** Resolves once what the server keeps of its own objects can be read. */
  readonly listersReady: () => Promise<void>
  /** Settled by the hook that makes the system's namespaces. */
  readonly namespacesExist: PromiseWithResolvers<void>
  /** Resolves once the watch cache of pods is filled. */
  readonly podsCached: () => Promise<void>
}

export function postStartHooks(
  options: ApiServerOptions,
  { loopback, allocation, clusterIps, listersReady, namespacesExist, podsCached }: PostStartOptions,
): readonly PostStartHook[] {
  const { logger, advertiseAddress, ownRbac } = options
  const { client, informers } = loopback
  const { hostname: host, port } = new URL(`https://${advertiseAddress}`)
  const serviceCidrs = serviceCidrsOf(options)
  const servicesRestored = Promise.withResolvers<void>()
  const namespaces = systemNamespaces(client)
  return [
    {
      name: 'start-service-ip-repair-controllers',
      async run(signal) {
        await listersReady()
        const { items } = await client.list<Service>(services, { signal })
        await allocation.restore(items, clusterIps)
        servicesRestored.resolve()
      },
    },
    { name: namespaces.name, run: (signal) => namespaces.run(signal).then(namespacesExist.resolve, namespacesExist.reject) },
    rbacBootstrapRoles(client, namespacesExist.promise, logger, ownRbac),
    systemPriorityClasses(client),
    legacyTokenTracking({ client, clock: options.clock, logger }, namespacesExist.promise),
    localApiServices(client),
    kubernetesService(
      client,
      { clusterIP: firstServiceIp(serviceCidrs[0]!), serviceCidrs, host, port: Number(port || 443) },
      Promise.all([namespacesExist.promise, servicesRestored.promise]).then(() => {}),
    ),
    { name: 'start-informers', run: (signal) => Promise.all([informers.synced(signal), podsCached()]).then(() => {}) },
  ]
}
