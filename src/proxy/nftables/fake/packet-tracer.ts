// Follows a packet through a ruleset, as the kernel would: tests then speak of where packets end, not of rule texts.
import type { Ruleset } from '../ruleset.ts'

export interface Packet {
  readonly from: string
  readonly to: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly port: number
  /** Sent by a process of the node itself. */
  readonly fromNode?: boolean
}

export type Fate = { readonly endpoints: readonly string[]; readonly masqueraded: boolean } | 'drop' | 'reject' | 'passes'

const inCidr = (ip: string, cidr: string) => {
  const number = (text: string) => text.split('.').reduce((n, part) => n * 256 + Number(part), 0)
  const [base, bits = '32'] = cidr.trim().split('/')
  const size = 2 ** (32 - Number(bits))
  return Math.floor(number(ip) / size) === Math.floor(number(base!) / size)
}
const inSet = (ip: string, set: string) =>
  set
    .replace(/[{}]/g, '')
    .split(',')
    .some((cidr) => inCidr(ip, cidr))

class Trace {
  masqueraded = false
  readonly endpoints: string[] = []
  readonly #rules: Ruleset
  readonly #packet: Packet

  constructor(rules: Ruleset, packet: Packet) {
    this.#rules = rules
    this.#packet = packet
  }

  /** @returns true when the packet has been decided on in `chain` */
  follow(chain: string): boolean {
    if (chain === 'mark-for-masquerade') return ((this.masqueraded = true), false)
    const rules = this.#rules.chains.get(chain)
    if (!rules) throw new Error(`rule goes to the unknown chain ${chain}`)
    return rules.some((rule) => this.#step(rule))
  }

  #step(rule: string): boolean {
    const target = /dnat to (\S+)$/.exec(rule)
    if (target) return this.endpoints.push(target[1]!) > 0
    const spread = /^numgen random mod (\d+) vmap \{ (.*) \}$/.exec(rule)
    if (spread) {
      const chains = [...spread[2]!.matchAll(/goto (\S+?)(?:,|$)/g)].map((m) => m[1]!)
      if (chains.length !== Number(spread[1])) throw new Error(`spread over ${spread[1]} has ${chains.length} choices`)
      for (const chain of chains) this.#anyEndpoint(chain)
      return true
    }
    const jump = /^(.*?)(jump|goto) (\S+)$/.exec(rule)
    if (!jump) return false
    if (!this.#matches(jump[1]!.trim())) return false
    return this.follow(jump[3]!) || jump[2] === 'goto'
  }

  /** Each choice of a spread is followed, but its hairpin masquerade only concerns that endpoint's own packets. */
  #anyEndpoint(chain: string): void {
    this.follow(chain)
  }

  #matches(condition: string): boolean {
    if (condition === '') return true
    if (condition.includes('@affinity')) return false // a client seen for the first time
    if (condition.includes('fib saddr type local')) return this.#packet.fromNode === true
    const not = /saddr != (\{.*?\})/.exec(condition)
    if (not) return !inSet(this.#packet.from, not[1]!)
    const is = /saddr (\S+)/.exec(condition)
    return !is || inSet(this.#packet.from, is[1]!)
  }
}

export function trace(rules: Ruleset, packet: Packet): Fate {
  const { to, protocol, port } = packet
  const map = (name: string, key: string) => rules.elements.get(name)?.get(key)
  const node = rules.elements.get('nodeport-ips')!.has(to)
  const verdict = map('service-ips', `${to} . ${protocol} . ${port}`) ?? (node ? map('service-nodeports', `${protocol} . ${port}`) : undefined)
  const run = new Trace(rules, packet)
  if (verdict) run.follow(verdict.replace('goto ', ''))
  if (run.endpoints.length) return { endpoints: run.endpoints, masqueraded: run.masqueraded }
  const none = map('no-endpoint-services', `${to} . ${protocol} . ${port}`) ?? (node ? map('no-endpoint-nodeports', `${protocol} . ${port}`) : undefined)
  if (none) return none === 'drop' ? 'drop' : 'reject'
  return rules.elements.get('cluster-ips')!.has(to) ? 'reject' : 'passes'
}
