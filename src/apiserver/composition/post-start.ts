// What the server makes of a fresh store before it is ready, and what it waits for.
import { kubernetesService } from '../bootstrap/kubernetes-service.ts'
import { legacyTokenTracking } from '../bootstrap/legacy-token-tracking.ts'
import { localApiServices } from '../bootstrap/local-api-services.ts'
import { systemPriorityClasses } from '../bootstrap/priority-classes.ts'
import { rbacBootstrapRoles } from '../bootstrap/rbac.ts'
import { systemNamespaces } from '../bootstrap/system-namespaces.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'
import type { Loopback } from '../loopback.ts'
import type { ApiServerOptions } from '../server-options.ts'
import { firstServiceIp, type ServiceAddresses, serviceCidrsOf } from './services.ts'

export interface PostStartOptions {
  readonly loopback: Loopback
  readonly serviceAddresses: Pick<ServiceAddresses, 'restore'>
  /** Settled by the hook that makes the system's namespaces. */
  readonly namespacesExist: PromiseWithResolvers<void>
  /** Resolves once the watch cache of pods is filled. */
  readonly podsCached: () => Promise<void>
}

export function postStartHooks(
  options: ApiServerOptions,
  { loopback, serviceAddresses, namespacesExist, podsCached }: PostStartOptions,
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
        await serviceAddresses.restore(signal)
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
