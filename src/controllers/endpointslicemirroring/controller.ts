import type { Endpoints } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import { endpoints as endpointsResource, endpointSlices, services as serviceResource } from '../../api/resources.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { keyOfService } from '../framework/endpoint-slices.ts'
import { Expectations } from '../framework/expectations.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { writeSlices } from '../framework/write-slices.ts'
import { type Plan, decide, endpointsPerSubsetMax, isMirrored, managedBy } from './decide.ts'

/** How soon to look again while own creations are not yet in the cache; their arrival comes first, mostly. */
const unsettledMs = 1000

/** Makes EndpointSlices of Endpoints that people write for services without a selector. Keys are those of the Endpoints. */
export function newEndpointSliceMirroringController(context: ControllerContext): Controller {
  const { client, informers, clock, events } = context
  const all = informers.for(endpointsResource)
  const services = informers.for(serviceResource)
  const slices = informers.for(endpointSlices)
  const expectations = new Expectations(clock)

  slices.addIndex('mirrored service', (slice) => [keyOfService(slice, managedBy) ?? ''])
  slices.addHandler({ add: (slice) => expectations.creationSeen(keyOfService(slice, managedBy) ?? '') })

  return controller('endpointslice-mirroring-controller', context, {
    watches: [onChange(all, keyOf), onChange(services, keyOf), onChange(slices, (slice) => keyOfService(slice, managedBy))],
    async reconcile(key, signal) {
      if (!expectations.settled(key)) return requeueAfter(unsettledMs)
      const found = all.lister.get(key)
      const endpoints = found && isMirrored(found, services.lister.get(key)) ? found : undefined
      const existing = slices.lister.byIndex('mirrored service', key).filter((slice) => !slice.metadata.deletionTimestamp)
      const plan = decide(endpoints, existing)
      if (endpoints) report(endpoints, plan)
      await writeSlices({ client, expectations }, key, endpoints?.metadata.deletionTimestamp ? { ...plan, create: [] } : plan, signal)
      return done
    },
  })

  function report(endpoints: Endpoints, { invalid, tooMany }: Plan): void {
    if (invalid) events.event(endpoints, 'Warning', 'InvalidIPAddress', `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`)
    if (!tooMany) return
    const message = `A max of ${endpointsPerSubsetMax} addresses can be mirrored to EndpointSlices per Endpoints subset. ${invalid + tooMany} addresses were skipped`
    events.event(endpoints, 'Warning', 'TooManyAddressesToMirror', message)
  }
}
