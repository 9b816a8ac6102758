import { keyOf } from '../../api/object.ts'
import { endpointSlices, nodes, pods, services } from '../../api/resources.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { keyOfService } from '../framework/endpoint-slices.ts'
import { Expectations } from '../framework/expectations.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { selectorOfService, selectsPods, servicesOf } from '../framework/service-endpoints.ts'
import { writeSlices } from '../framework/write-slices.ts'
import { decide, managedBy } from './decide.ts'
import { desiredGroups } from './desired.ts'

/** How soon to look again while own creations are not yet in the cache; their arrival comes first, mostly. */
const unsettledMs = 1000

/** Keeps the EndpointSlices of services with a selector. */
export function newEndpointSliceController(context: ControllerContext): Controller {
  const { client, informers, clock, events } = context
  const serviceInformer = informers.for(services)
  const podInformer = informers.for(pods)
  const nodeInformer = informers.for(nodes)
  const slices = informers.for(endpointSlices)
  const expectations = new Expectations(clock)

  slices.addIndex('service', (slice) => [keyOfService(slice, managedBy) ?? ''])
  slices.addHandler({ add: (slice) => expectations.creationSeen(keyOfService(slice, managedBy) ?? '') })

  return controller('endpointslice-controller', context, {
    watches: [
      onChange(serviceInformer, keyOf),
      onChange(podInformer, (pod) => servicesOf(pod, serviceInformer.lister)),
      onChange(slices, (slice) => keyOfService(slice, managedBy)),
    ],
    async reconcile(key, signal) {
      const service = serviceInformer.lister.get(key)
      // Slices of a deleted service are the garbage collector's; without a selector they are somebody else's.
      if (!service || service.metadata.deletionTimestamp || !selectsPods(service)) {
        expectations.forget(key)
        return done
      }
      if (!expectations.settled(key)) return requeueAfter(unsettledMs)
      const selector = selectorOfService(service)
      const selected = podInformer.lister.inNamespace(service.metadata.namespace).filter((pod) => selector.matches(pod.metadata.labels))
      const existing = slices.lister.byIndex('service', key).filter((slice) => !slice.metadata.deletionTimestamp)
      const groups = desiredGroups(service, selected, (name) => nodeInformer.lister.get(name))
      try {
        await writeSlices({ client, expectations }, key, decide(service, groups, existing), signal)
      } catch (error) {
        events.event(service, 'Warning', 'FailedToUpdateEndpointSlices', `Error updating Endpoint Slices for Service ${key}: ${(error as Error).message}`)
        throw error
      }
      return done
    },
  })
}
