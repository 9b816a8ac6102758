// Which way leads to the pods of each node, and to Services. Nothing here touches the kernel.
import type { Node } from '../api/core/v1.ts'

export interface Route {
  readonly destination: string
  /** The address of the node that takes it from there. */
  readonly gateway: string
}

const internalIp = (node: Node): string | undefined =>
  node.status?.addresses?.find(({ type, address }) => type === 'InternalIP' && !address.includes(':'))?.address

const ipv4PodCidr = (node: Node): string | undefined =>
  (node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : [])).find((cidr) => !cidr.includes(':'))

const isReady = (node: Node): boolean => node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false

/**
 * A route to the pods of every node but `self`: directly through that node's address, so all nodes must share a link.
 * @param self left out for a machine that is no node itself
 */
export function podRoutes(nodes: readonly Node[], self?: string): Route[] {
  return nodes.flatMap((node) => {
    const [destination, gateway] = [ipv4PodCidr(node), internalIp(node)]
    return destination && gateway && node.metadata.name !== self ? [{ destination, gateway }] : []
  })
}

/**
 * A route to all Services, for a machine without a kube-proxy of its own: through one node, whose rules translate. That node masquerades
 * what comes from outside the pods' range, so the answer returns the same way.
 * The first ready node by name serves; while none is, the first of all, so that a moment's doubt about readiness cuts nothing off.
 */
export function serviceRoute(nodes: readonly Node[], serviceCidr: string): Route | undefined {
  const reachable = nodes.filter((node) => internalIp(node) && ipv4PodCidr(node)).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const through = reachable.find(isReady) ?? reachable[0]
  return through ? { destination: serviceCidr, gateway: internalIp(through)! } : undefined
}

export interface RouteChanges {
  /** New ones, and those that lead elsewhere now: both are one `ip route replace`. */
  readonly replace: readonly Route[]
  readonly remove: readonly Route[]
}

export function routeChanges(wanted: readonly Route[], existing: readonly Route[]): RouteChanges {
  const wantedBy = new Map(wanted.map((route) => [route.destination, route]))
  const existingBy = new Map(existing.map((route) => [route.destination, route]))
  return {
    replace: [...wantedBy.values()].filter(({ destination, gateway }) => existingBy.get(destination)?.gateway !== gateway),
    remove: existing.filter(({ destination }) => !wantedBy.has(destination)),
  }
}
