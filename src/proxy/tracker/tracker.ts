// The proxy's view of the cluster: every Service port with the endpoints behind it.
import type { Service } from '../../api/core/v1.ts'
import type { EndpointSlice } from '../../api/discovery/v1.ts'
import { keyOf } from '../../api/object.ts'
import type { Lister } from '../../client/informers/informer.ts'
import { endpointsByPort, serviceOf, type Targets, targets } from './endpoints.ts'
import { type Family, type ServicePort, servicePorts } from './service-port.ts'

export interface TrackedPort {
  readonly port: ServicePort
  readonly targets: Targets
}

export interface TrackerOptions {
  readonly family: Family
  readonly nodeName: string
  /** Topology zone of this node; '' when unknown. */
  readonly zone: string
}

/** Keeps a {@link TrackedPort} per port, recomputing only the Services that changed. */
export class Tracker {
  readonly #services: Lister<Service>
  readonly #slices: Lister<EndpointSlice>
  readonly #options: TrackerOptions
  readonly #changed = new Set<string>()
  readonly #ports = new Map<string, readonly TrackedPort[]>()

  /** @param slices indexed by {@link bySliceService} */
  constructor(services: Lister<Service>, slices: Lister<EndpointSlice>, options: TrackerOptions) {
    this.#services = services
    this.#slices = slices
    this.#options = options
  }

  serviceChanged(service: Service): void {
    this.#changed.add(keyOf(service))
  }

  sliceChanged(slice: EndpointSlice): void {
    const service = serviceOf(slice)
    if (service) this.#changed.add(service)
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0
  }

  /** Every port as of now, and the Services recomputed by this call. */
  refresh(): { readonly ports: readonly TrackedPort[]; readonly previous: ReadonlyMap<string, readonly TrackedPort[]> } {
    const previous = new Map<string, readonly TrackedPort[]>()
    for (const key of this.#changed) {
      previous.set(key, this.#ports.get(key) ?? [])
      const service = this.#services.get(key)
      const ports = service ? this.#compute(key, service) : []
      if (ports.length) this.#ports.set(key, ports)
      else this.#ports.delete(key)
    }
    this.#changed.clear()
    return { ports: [...this.#ports.values()].flat(), previous }
  }

  #compute(key: string, service: Service): TrackedPort[] {
    const endpoints = endpointsByPort(this.#slices.byIndex(bySliceService, key), this.#options)
    return servicePorts(service, this.#options.family).map((port) => ({ port, targets: targets(port, endpoints.get(port.portName) ?? [], this.#options.zone) }))
  }
}

/** Name of the index of EndpointSlices by `namespace/service`. */
export const bySliceService = 'service'
