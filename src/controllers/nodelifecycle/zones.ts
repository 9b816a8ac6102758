// How fast pods are evicted, by how much of a zone is in trouble: when half a zone falls silent at once, the network is a likelier
// culprit than the nodes. Source: node_lifecycle_controller.go (ComputeZoneState, handleDisruption), its flags' defaults.
import type { Node } from '../../api/core/v1.ts'

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption'

/** --unhealthy-zone-threshold */
const unhealthyShare = 0.55
/** --large-cluster-size-threshold: a smaller zone in partial disruption is not evicted from at all. */
const largeZoneNodes = 50
/** --node-eviction-rate 0.1/s, --secondary-node-eviction-rate 0.01/s */
const evictionEveryMs = 10_000
const slowEvictionEveryMs = 100_000

export function zoneOf({ metadata: { labels } }: Node): string {
  return `${labels?.['topology.kubernetes.io/region'] ?? ''}:${labels?.['topology.kubernetes.io/zone'] ?? ''}`
}

const isReady = ({ status }: Node) => status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true

export function stateOf(nodes: readonly Node[]): ZoneState {
  const unhealthy = nodes.filter((node) => !isReady(node)).length
  if (unhealthy > 0 && unhealthy === nodes.length) return 'FullDisruption'
  return unhealthy > 2 && unhealthy / nodes.length >= unhealthyShare ? 'PartialDisruption' : 'Normal'
}

/**
 * Time between two evictions of nodes in a zone; undefined: none at all. When every zone is down, it is us who are cut off.
 * @param zones nodes by zone
 */
export function evictionIntervalMs(zone: string, zones: ReadonlyMap<string, readonly Node[]>): number | undefined {
  if ([...zones.values()].every((nodes) => stateOf(nodes) === 'FullDisruption')) return undefined
  const nodes = zones.get(zone) ?? []
  if (stateOf(nodes) !== 'PartialDisruption') return evictionEveryMs
  return nodes.length > largeZoneNodes ? slowEvictionEveryMs : undefined
}
