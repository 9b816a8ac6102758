// A pod's resolver settings. Source: Kubernetes 1.36 pkg/kubelet/network/dns/dns.go.

import type { Pod } from '../../api/core/v1.ts'
import type { DNSConfig } from '../../cri/generated/types.ts'

export interface ClusterDns {
  readonly servers: readonly string[]
  /** `cluster.local`. */
  readonly domain: string
  /** The node's own resolv.conf. */
  readonly node: Required<DNSConfig>
}

/** The resolver's limits: 3 servers, 32 search paths, 2048 characters. */
const serversMax = 3
const searchesMax = 32
const searchLengthMax = 2048

export function podDns(pod: Pod, { servers, domain, node }: ClusterDns): DNSConfig {
  const base = baseDns(pod, { servers, domain, node })
  const own = pod.spec.dnsConfig
  const options = new Map(base.options!.map((option) => [option.split(':')[0]!, option]))
  for (const { name, value } of own?.options ?? []) if (name) options.set(name, value ? `${name}:${value}` : name)
  return {
    servers: unique([...base.servers!, ...(own?.nameservers ?? [])]).slice(0, serversMax),
    searches: fitting(unique([...base.searches!, ...(own?.searches ?? [])])),
    options: [...options.values()],
  }
}

function baseDns({ metadata, spec }: Pod, { servers, domain, node }: ClusterDns): DNSConfig {
  const policy = spec.dnsPolicy ?? 'ClusterFirst'
  const cluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !spec.hostNetwork)
  if (policy === 'None') return { servers: [], searches: [], options: [] }
  if (!cluster || servers.length === 0) return node
  return { servers, searches: [`${metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...node.searches], options: ['ndots:5'] }
}

const unique = (items: readonly string[]) => [...new Set(items)]

function fitting(searches: readonly string[]): readonly string[] {
  let length = -1
  return searches.slice(0, searchesMax).filter((search) => (length += search.length + 1) <= searchLengthMax)
}

export interface PodNames {
  readonly hostname: string
  /** '' without a subdomain. */
  readonly fqdn: string
}

/** Linux allows 64 characters; Kubernetes cuts generated names to 63. */
const hostnameMax = 63

export function podNames({ metadata, spec }: Pod, clusterDomain: string): PodNames {
  if (spec.hostnameOverride) return { hostname: spec.hostnameOverride, fqdn: '' }
  const hostname = spec.hostname || metadata.name.slice(0, hostnameMax).replace(/[-.]+$/, '')
  const fqdn = spec.subdomain ? `${hostname}.${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}` : ''
  return { hostname: spec.setHostnameAsFQDN && fqdn ? fqdn : hostname, fqdn }
}
