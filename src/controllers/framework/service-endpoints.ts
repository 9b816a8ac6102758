// How services find their pods: shared by both kinds of endpoints. Source: k8s.io/endpointslice/util, pkg/api/v1/pod/util.go.
import type { Pod, Service, ServicePort } from '../../api/core/v1.ts'
import { isPodTerminal, isPodTerminating } from '../../api/core/pod-status.ts'
import { selectorFromSet } from '../../apimachinery/labels/selector.ts'
import type { Lister } from '../../client/informers/informer.ts'

/** Services whose endpoints are made from pods, and not written by somebody else. */
export const selectsPods = ({ spec }: Service): boolean =>
  spec?.type !== 'ExternalName' && spec?.selector !== undefined && Object.keys(spec.selector).length > 0

export const selectorOfService = ({ spec }: Service) => selectorFromSet(spec?.selector)

/** Keys of the services in the pod's namespace that select it. */
export function servicesOf(pod: Pod, services: Lister<Service>): readonly string[] {
  const { namespace, labels } = pod.metadata
  const selecting = services.inNamespace(namespace).filter((service) => selectsPods(service) && selectorOfService(service).matches(labels))
  return selecting.map((service) => `${namespace}/${service.metadata.name}`)
}

/** Has an address and may have work: terminal pods never, terminating ones only where the difference is told. */
export function belongsInEndpoints(pod: Pod, options: { readonly includeTerminating: boolean }): boolean {
  if (isPodTerminal(pod) || podIPs(pod).length === 0) return false
  return options.includeTerminating || !isPodTerminating(pod)
}

export function podIPs({ status }: Pod): readonly string[] {
  const ips = (status?.podIPs ?? []).map(({ ip }) => ip).filter(Boolean)
  return ips.length ? ips : status?.podIP ? [status.podIP] : []
}

/** The number behind a service's port in this pod; undefined when the pod has no port of that name. */
export function portInPod(pod: Pod, { targetPort, protocol = 'TCP', port }: ServicePort): number | undefined {
  if (targetPort === undefined || targetPort === 0 || targetPort === '') return port
  if (typeof targetPort === 'number') return targetPort
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always')
  const ports = [...pod.spec.containers, ...sidecars].flatMap((container) => container.ports ?? [])
  return ports.find((each) => each.name === targetPort && (each.protocol ?? 'TCP') === protocol)?.containerPort
}

/** A pod's own name below a headless service, when it asks for one there. */
export function hostnameIn(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec
  return hostname && subdomain === service.metadata.name && pod.metadata.namespace === service.metadata.namespace ? hostname : undefined
}
