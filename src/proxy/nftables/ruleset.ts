// Pure: what the node's nftables should hold for a set of service ports. The theory is in ../README.md.
import { createHash } from 'node:crypto'
import type { Endpoint, Targets } from '../tracker/endpoints.ts'
import type { Family, ServicePort } from '../tracker/service-port.ts'

export interface ProxiedPort {
  readonly port: ServicePort
  readonly targets: Targets
}

export interface RulesetOptions {
  readonly family: Family
  /** Pod addresses of the cluster: traffic from elsewhere to a cluster IP is masqueraded. Empty: unknown, then nothing is. */
  readonly clusterCidrs: readonly string[]
  readonly serviceCidrs: readonly string[]
  /** Addresses that accept node ports. */
  readonly nodeAddresses: readonly string[]
}

/** Chains by name -> rules; maps and sets by name -> element -> value ('' in sets). */
export interface Ruleset {
  readonly chains: ReadonlyMap<string, readonly string[]>
  readonly elements: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Affinity sets: name -> seconds an entry lives. */
  readonly affinitySets: ReadonlyMap<string, number>
}

/** Bit 14, as upstream: the packet's source is to be replaced after routing. */
export const masqueradeMark = '0x4000'

/** nft limits names; a hash keeps them unique and a readable tail says what they are for. */
const identity = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase()
const readable = ({ namespace, name, protocol, portName }: ServicePort) => `${namespace}/${name}/${protocol}/${portName}`.slice(0, 100)

const serviceChain = (p: ServicePort) => `service-${identity(p.key + p.protocol)}-${readable(p)}`
const localChain = (p: ServicePort) => `local-${identity(p.key + p.protocol)}-${readable(p)}`
const externalChain = (p: ServicePort) => `external-${identity(p.key + p.protocol)}-${readable(p)}`
const endpointName = (p: ServicePort, e: Endpoint) =>
  `${identity(`${p.key}${p.protocol}${e.ip} ${e.port}`)}-${readable(p)}__${e.ip.replaceAll(':', '.')}/${e.port}`
const endpointChain = (p: ServicePort, e: Endpoint) => `endpoint-${endpointName(p, e)}`
/** The timeout is part of the name: a set's timeout cannot be changed while rules refer to it. */
const affinitySet = (p: ServicePort, e: Endpoint) => `affinity-${p.affinitySeconds}-${endpointName(p, e)}`

class Builder {
  readonly chains = new Map<string, readonly string[]>()
  readonly elements = new Map<string, Map<string, string>>()
  readonly affinitySets = new Map<string, number>()
  readonly #options: RulesetOptions
  readonly #ip: 'ip' | 'ip6'

  constructor(options: RulesetOptions) {
    this.#options = options
    this.#ip = options.family === 'ipv4' ? 'ip' : 'ip6'
    for (const name of ['service-ips', 'service-nodeports', 'no-endpoint-services', 'no-endpoint-nodeports', 'firewall-ips', 'cluster-ips', 'nodeport-ips'])
      this.elements.set(name, new Map())
    for (const ip of options.nodeAddresses) this.#element('nodeport-ips', ip, '')
  }

  #element(map: string, key: string, value: string): void {
    this.elements.get(map)!.set(key, value)
  }

  /** `numgen` spreads connections evenly; with affinity, a client's last endpoint is tried first. */
  #spread(port: ServicePort, endpoints: readonly Endpoint[]): string[] {
    const sticky = port.affinitySeconds > 0 ? endpoints.map((e) => `${this.#ip} saddr @${affinitySet(port, e)} goto ${endpointChain(port, e)}`) : []
    const choices = endpoints.map((e, i) => `${i} : goto ${endpointChain(port, e)}`)
    return [...sticky, `numgen random mod ${endpoints.length} vmap { ${choices.join(', ')} }`]
  }

  #endpoint(port: ServicePort, endpoint: Endpoint): void {
    const rules = [`${this.#ip} saddr ${endpoint.ip} jump mark-for-masquerade`]
    if (port.affinitySeconds > 0) {
      const set = affinitySet(port, endpoint)
      this.affinitySets.set(set, port.affinitySeconds)
      rules.push(`update @${set} { ${this.#ip} saddr }`)
    }
    const address = this.#ip === 'ip6' ? `[${endpoint.ip}]` : endpoint.ip
    rules.push(`meta l4proto ${port.protocol} dnat to ${address}:${endpoint.port}`)
    this.chains.set(endpointChain(port, endpoint), rules)
  }

  /** Chain for traffic from outside: node ports, external and load balancer addresses. */
  #external(port: ServicePort, { cluster, local }: Targets): void {
    const rules: string[] = []
    if (!port.externalPolicyLocal) {
      rules.push('jump mark-for-masquerade', `goto ${serviceChain(port)}`)
    } else {
      // Pods and this node may use any endpoint, as if they had used the cluster IP (KEP-1669).
      if (cluster.length) {
        for (const cidr of this.#options.clusterCidrs) rules.push(`${this.#ip} saddr ${cidr} goto ${serviceChain(port)}`)
        rules.push(`fib saddr type local jump mark-for-masquerade`, `fib saddr type local goto ${serviceChain(port)}`)
      }
      if (local.length) rules.push(`goto ${localChain(port)}`)
    }
    this.chains.set(externalChain(port), rules)
  }

  add({ port, targets }: ProxiedPort): void {
    const { protocol } = port
    const internal = port.internalPolicyLocal ? targets.local : targets.cluster
    const all = new Map([...targets.cluster, ...targets.local].map((e) => [endpointChain(port, e), e]))
    for (const endpoint of all.values()) this.#endpoint(port, endpoint)
    if (targets.local.length) this.chains.set(localChain(port), this.#spread(port, targets.local))

    const outside = this.#options.clusterCidrs.filter((c) => c.includes(':') === (this.#ip === 'ip6'))
    const masquerade = outside.length
      ? [`${this.#ip} daddr ${port.clusterIP} ${protocol} dport ${port.port} ${this.#ip} saddr != { ${outside.join(', ')} } jump mark-for-masquerade`]
      : []
    const at = (ip: string) => `${ip} . ${protocol} . ${port.port}`
    this.#element('cluster-ips', port.clusterIP, '')
    const refused = (anywhere: boolean) => (anywhere ? 'drop' : 'goto reject-chain')

    if (targets.cluster.length || internal.length)
      this.chains.set(serviceChain(port), targets.cluster.length ? [...masquerade, ...this.#spread(port, targets.cluster)] : [])
    if (!internal.length) this.#element('no-endpoint-services', at(port.clusterIP), refused(targets.anywhere))
    else this.#element('service-ips', at(port.clusterIP), port.internalPolicyLocal ? `goto ${localChain(port)}` : `goto ${serviceChain(port)}`)

    const externals = [...port.externalIPs, ...port.loadBalancerIPs]
    if (!externals.length && !port.nodePort) return
    const reachable = port.externalPolicyLocal ? targets.local.length > 0 || targets.cluster.length > 0 : targets.cluster.length > 0
    if (reachable) this.#external(port, targets)
    for (const ip of externals) {
      if (reachable) this.#element('service-ips', at(ip), `goto ${externalChain(port)}`)
      if (!reachable || (port.externalPolicyLocal && !targets.local.length)) this.#element('no-endpoint-services', at(ip), refused(targets.anywhere))
    }
    if (port.nodePort) {
      const key = `${protocol} . ${port.nodePort}`
      if (reachable) this.#element('service-nodeports', key, `goto ${externalChain(port)}`)
      if (!reachable || (port.externalPolicyLocal && !targets.local.length)) this.#element('no-endpoint-nodeports', key, refused(targets.anywhere))
    }
    this.#firewall(port, at)
  }

  #firewall(port: ServicePort, at: (ip: string) => string): void {
    if (!port.loadBalancerSources.length || !port.loadBalancerIPs.length) return
    const chain = `firewall-${identity(port.key + port.protocol)}-${readable(port)}`
    this.chains.set(chain, [`${this.#ip} saddr != { ${port.loadBalancerSources.join(', ')} } drop`])
    for (const ip of port.loadBalancerIPs) this.#element('firewall-ips', at(ip), `goto ${chain}`)
  }
}

/** Everything that depends on Services; the fixed frame around it is in frame.ts. */
export function ruleset(ports: Iterable<ProxiedPort>, options: RulesetOptions): Ruleset {
  const builder = new Builder(options)
  for (const port of ports) builder.add(port)
  return builder
}
