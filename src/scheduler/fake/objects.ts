// Short ways to write pods and nodes in tests.
import type { Node, Pod, PodSpec } from '../../api/core/v1.ts'
import { newPodInfo, type PodInfo } from '../framework/node-info.ts'
import { Cache } from '../cache/cache.ts'

const metadata = (name: string) => ({ name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' })

export interface PodInput extends Partial<PodSpec> {
  readonly labels?: { readonly [key: string]: string }
  readonly cpu?: string
  readonly memory?: string
  readonly hostPort?: number
  readonly on?: string
}

export function pod(name: string, { labels, cpu, memory, hostPort, on, ...spec }: PodInput = {}): Pod {
  const requests = { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) }
  const container = {
    name: 'c',
    image: 'app',
    resources: { requests },
    ...(hostPort ? { ports: [{ containerPort: 80, hostPort, protocol: 'TCP' as const }] } : {}),
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata(name), namespace: 'default', ...(labels ? { labels } : {}) },
    spec: { containers: [container], ...(on ? { nodeName: on } : {}), ...spec },
  }
}

export interface NodeInput extends Partial<Node['spec']> {
  readonly labels?: { readonly [key: string]: string }
  readonly cpu?: string
  readonly memory?: string
  readonly pods?: string
}

export function node(name: string, { labels, cpu = '4', memory = '8Gi', pods = '110', ...spec }: NodeInput = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata(name), labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec,
    status: { allocatable: { cpu, memory, pods } },
  }
}

export const info = (p: Pod): PodInfo => newPodInfo(p)

/** A cache with these nodes, and pods on the nodes they name. */
export function cluster(nodes: readonly Node[], pods: readonly Pod[] = []): Cache {
  const cache = new Cache()
  for (const n of nodes) cache.setNode(n)
  for (const p of pods) cache.setPod(p)
  return cache
}
