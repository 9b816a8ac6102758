import type { Amounts } from '../../../api/core/pod-resources.ts'
import { podRequests } from '../../../api/core/pod-resources.ts'
import type { NodeInfo, PodInfo } from '../../framework/node-info.ts'
import { changed, type Plugin, scoreMax, unresolvable, unschedulable } from '../../framework/plugin.ts'

export interface Shortage {
  readonly resource: string
  /** The node is too small even when empty. */
  readonly hopeless: boolean
}

/** What `node` lacks for `info`, in the order upstream reports it: pods, cpu, memory, ephemeral-storage, others. */
export function shortages({ requests }: PodInfo, node: NodeInfo): Shortage[] {
  const found: Shortage[] = []
  const podsMax = node.allocatable.get('pods') ?? 0
  if (node.podCount + 1 > podsMax) found.push({ resource: 'pods', hopeless: podsMax < 1 })
  for (const [resource, wanted] of requests) {
    if (wanted === 0) continue
    const allocatable = node.allocatable.get(resource) ?? 0
    if (wanted > allocatable - (node.requested.get(resource) ?? 0)) found.push({ resource, hopeless: wanted > allocatable })
  }
  return found
}

const text = ({ resource }: Shortage) => (resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`)

/** Scored resources and their weights: upstream's default LeastAllocated strategy. */
const scored = ['cpu', 'memory'] as const

/** Free share after placing the pod, 0..100, averaged over cpu and memory: emptier nodes first. */
export function leastAllocated(requests: Amounts, node: NodeInfo): number {
  let sum = 0
  let weights = 0
  for (const resource of scored) {
    const allocatable = node.allocatable.get(resource) ?? 0
    if (allocatable === 0) continue
    const requested = (node.scoringRequested.get(resource) ?? 0) + (requests.get(resource) ?? 0)
    sum += requested > allocatable ? 0 : Math.trunc(((allocatable - requested) * scoreMax) / allocatable)
    weights++
  }
  return weights === 0 ? 0 : Math.trunc(sum / weights)
}

export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  filter(_, info, node) {
    const lacking = shortages(info, node)
    if (lacking.length === 0) return undefined
    const reasons = lacking.map(text)
    return lacking.some((s) => s.hopeless) ? unresolvable(...reasons) : unschedulable(...reasons)
  },
  score: (_, info, node) => leastAllocated(info.scoringRequests, node),
  helps(event, pod) {
    switch (event.resource) {
      case 'TargetPod':
        return changed(event.old, event.pod, (p) => [...podRequests(p)])
      case 'AssignedPod':
        return event.action === 'delete' || (event.action === 'update' && event.old !== undefined && isSmaller(podRequests(event.pod), podRequests(event.old)))
      case 'Node': {
        if (event.action === 'delete' || !changed(event.old, event.node, (n) => n.status?.allocatable)) return false
        const allocatable = Object.keys(event.node.status?.allocatable ?? {})
        return [...podRequests(pod)].every(([resource, wanted]) => wanted === 0 || allocatable.includes(resource))
      }
    }
  },
}

const isSmaller = (now: Amounts, before: Amounts) => [...before].some(([resource, value]) => (now.get(resource) ?? 0) < value)
