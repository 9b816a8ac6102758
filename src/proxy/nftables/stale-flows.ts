// Which UDP flows the kernel must forget after a change: conntrack keeps sending a flow where it first went, so a client
// that never pauses would go on talking to an endpoint that is gone, or to nobody after the first endpoint came.
import type { TrackedPort } from '../tracker/tracker.ts'

export interface StaleFlows {
  /** Original destination; left out for node ports. */
  readonly ip?: string
  readonly port: number
  /** Only flows to this endpoint; left out: all flows of the service. */
  readonly endpoint?: string
}

const addresses = ({ port }: TrackedPort) => [port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs]
const endpointIps = ({ targets }: TrackedPort) => new Set([...targets.cluster, ...targets.local].map((e) => e.ip))

function destinations(tracked: TrackedPort): StaleFlows[] {
  const { port } = tracked
  return [...addresses(tracked).map((ip) => ({ ip, port: port.port })), ...(port.nodePort ? [{ port: port.nodePort }] : [])]
}

/**
 * @param previous the recomputed Services' ports before the change
 * @param now all ports after it
 */
export function staleUdpFlows(previous: ReadonlyMap<string, readonly TrackedPort[]>, now: readonly TrackedPort[]): StaleFlows[] {
  const stale: StaleFlows[] = []
  const current = new Map(now.map((t) => [`${t.port.key}/${t.port.protocol}`, t]))
  for (const before of [...previous.values()].flat()) {
    if (before.port.protocol !== 'udp') continue
    const after = current.get(`${before.port.key}/udp`)
    if (!after) {
      stale.push(...destinations(before))
      continue
    }
    const kept = endpointIps(after)
    const gone = [...endpointIps(before)].filter((ip) => !kept.has(ip))
    stale.push(...gone.flatMap((endpoint) => destinations(before).map((d) => ({ ...d, endpoint }))))
    if (endpointIps(before).size === 0 && kept.size > 0) stale.push(...destinations(after))
  }
  return stale
}
