// Pure: the nft commands that turn one ruleset into another, in one transaction.
import type { Family } from '../tracker/service-port.ts'
import { tableName } from './frame.ts'
import type { Ruleset } from './ruleset.ts'

export const emptyRuleset: Ruleset = { chains: new Map(), elements: new Map(), affinitySets: new Map() }

const same = (a: readonly string[] | undefined, b: readonly string[]) => a !== undefined && a.length === b.length && a.every((x, i) => x === b[i])

/**
 * Order within the transaction: new chains and sets first (so that anything may refer to them), then rules, then elements
 * out and in, then what nothing refers to any more.
 * @returns commands for `nft -f -`; empty when nothing changed
 */
export function transaction(from: Ruleset, to: Ruleset, family: Family): string[] {
  const table = `${family === 'ipv4' ? 'ip' : 'ip6'} ${tableName}`
  const address = family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr'
  const declare: string[] = []
  const rules: string[] = []
  const out: string[] = []
  const into: string[] = []
  const remove: string[] = []

  for (const [name, seconds] of to.affinitySets) {
    if (!from.affinitySets.has(name)) declare.push(`add set ${table} ${name} { type ${address} ; flags dynamic,timeout ; timeout ${seconds}s ; }`)
  }
  for (const [name, wanted] of to.chains) {
    const present = from.chains.get(name)
    if (same(present, wanted)) continue
    declare.push(`add chain ${table} ${name}`)
    if (present) rules.push(`flush chain ${table} ${name}`)
    for (const rule of wanted) rules.push(`add rule ${table} ${name} ${rule}`)
  }
  for (const [map, wanted] of to.elements) {
    const present = from.elements.get(map)
    for (const [key, value] of present ?? []) if (wanted.get(key) !== value) out.push(`delete element ${table} ${map} { ${key} }`)
    for (const [key, value] of wanted) if (present?.get(key) !== value) into.push(`add element ${table} ${map} { ${key}${value ? ` : ${value}` : ''} }`)
  }
  // A chain that others still point to cannot be deleted: empty all of them first, then delete.
  const gone = [...from.chains.keys()].filter((name) => !to.chains.has(name))
  for (const name of gone) remove.push(`flush chain ${table} ${name}`)
  for (const name of gone) remove.push(`delete chain ${table} ${name}`)
  for (const name of from.affinitySets.keys()) if (!to.affinitySets.has(name)) remove.push(`delete set ${table} ${name}`)
  return [...declare, ...rules, ...out, ...into, ...remove]
}
