import { keyOf, splitKey } from '../../api/object.ts'
import { endpoints as endpointsResource, pods as podResource, services as serviceResource } from '../../api/resources.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { ignoringEndingNamespace } from '../framework/ending-namespace.ts'
import { done } from '../framework/result.ts'
import { selectorOfService, selectsPods, servicesOf } from '../framework/service-endpoints.ts'
import { type Plan, decide } from './decide.ts'

/** Keeps the Endpoints of services with a selector: deprecated, and still read by many. */
export function newEndpointsController(context: ControllerContext): Controller {
  const { client, informers } = context
  const services = informers.for(serviceResource)
  const pods = informers.for(podResource)
  const endpoints = informers.for(endpointsResource)

  async function act(plan: Plan, signal: AbortSignal): Promise<void> {
    if (plan.kind === 'update') await client.update(endpointsResource, plan.endpoints, { signal })
    // Exists already: the cache will show it, and wake us.
    if (plan.kind === 'create') await ignoringEndingNamespace(client.create(endpointsResource, plan.endpoints, { signal })).catch(unless(isAlreadyExists))
  }

  return controller('endpoints-controller', context, {
    watches: [onChange(services, keyOf), onChange(pods, (pod) => servicesOf(pod, services.lister)), onChange(endpoints, keyOf)],
    async reconcile(key, signal) {
      const service = services.lister.get(key)
      if (!service) {
        if (endpoints.lister.get(key)?.metadata.labels?.['endpoints.kubernetes.io/managed-by'])
          await client.delete(endpointsResource, splitKey(key), { signal }).catch(unless(isNotFound))
        return done
      }
      if (!selectsPods(service)) return done
      const selector = selectorOfService(service)
      const selected = pods.lister.inNamespace(service.metadata.namespace).filter((pod) => selector.matches(pod.metadata.labels))
      await act(decide(service, selected, endpoints.lister.get(key)), signal)
      return done
    },
  })
}

const unless = (expected: (error: unknown) => boolean) => (error: unknown) => {
  if (!expected(error)) throw error
}
