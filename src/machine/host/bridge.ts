// The host's side of the nodes' network: a bridge that joins them, and the way from it to the outside.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { CommandError, commandSaid, runCommand } from '../../network/command.ts'
import type { Journal, Resource } from '../journal.ts'
import { bridgeName, type ClusterLayout, hostTableName } from '../layout.ts'

export interface BridgeOptions {
  readonly cluster: ClusterLayout
  readonly journal: Journal
  /** The host's own address on the bridge, with prefix length. */
  readonly address: string
  readonly nodeCidr: string
  readonly podCidr: string
  readonly serviceCidr: string
}

/** Makes the bridge and what nodes need to reach the outside through this machine. Doing it again changes nothing. */
export async function makeBridge(options: BridgeOptions): Promise<void> {
  const { cluster, journal, address } = options
  const bridge = bridgeName(cluster)
  const table = hostTableName(cluster)
  journal.record({ kind: 'link', name: bridge })
  journal.record({ kind: 'nft-table', name: table })
  if (!(await linkExists(bridge))) await runCommand(['ip', 'link', 'add', bridge, 'type', 'bridge'])
  // CVE-2020-10749: what nodes and their pods advertise does not change this machine's routes. The key goes with the bridge.
  const advertisements = `/proc/sys/net/ipv6/conf/${bridge}/accept_ra`
  if (existsSync(advertisements)) writeFileSync(advertisements, '0')
  await Promise.all([
    runCommand(['ip', '-batch', '-'], { input: `addr replace ${address} dev ${bridge}\nlink set ${bridge} up\n` }),
    runCommand(['nft', '-f', '-'], { input: masqueradeRules(table, options) }),
    allowForwarding(bridge, journal),
  ])
}

/** What nodes send to the outside leaves with the host's address; among nodes, pods and Services nothing is changed. */
function masqueradeRules(table: string, { nodeCidr, podCidr, serviceCidr }: BridgeOptions): string {
  return `table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${nodeCidr} ip daddr != { ${nodeCidr}, ${podCidr}, ${serviceCidr} } masquerade
  }
}
`
}

const forwardingKey = '/proc/sys/net/ipv4/ip_forward'

async function allowForwarding(bridge: string, journal: Journal): Promise<void> {
  const before = readFileSync(forwardingKey, 'utf8').trim()
  if (before !== '1') {
    journal.record({ kind: 'sysctl', key: forwardingKey, before })
    writeFileSync(forwardingKey, '1')
  }
  // Docker and some firewalls drop what is forwarded unless a rule allows it, and an accept in our own table would not overrule them.
  if (!(await forwardingIsDropped())) return
  for (const direction of ['-i', '-o']) {
    const rule = [direction, bridge, '-j', 'ACCEPT']
    journal.record({ kind: 'iptables-forward', rule })
    await runCommand(['iptables', '-w', '-I', 'FORWARD', ...rule])
  }
}

async function forwardingIsDropped(): Promise<boolean> {
  try {
    return (await runCommand(['iptables', '-w', '-S', 'FORWARD'])).stdout.startsWith('-P FORWARD DROP')
  } catch (error) {
    // Without iptables nobody has set its policy.
    if (error instanceof CommandError) return false
    throw error
  }
}

export async function linkExists(name: string): Promise<boolean> {
  return (await runCommand(['ip', 'link', 'show', 'dev', name], { expectedCodes: [1] })).code === 0
}

/** Undoes one entry of the journal. It is no error when there is nothing to undo. */
export async function removeHostResource(resource: Exclude<Resource, { kind: 'cgroup' | 'kubeconfig' }>): Promise<void> {
  switch (resource.kind) {
    case 'link':
      return ignoring(['ip', 'link', 'delete', 'dev', resource.name], 'Cannot find device')
    case 'nft-table':
      return ignoring(['nft', 'delete', 'table', 'ip', resource.name], 'No such file or directory')
    case 'iptables-forward':
      return ignoring(['iptables', '-w', '-D', 'FORWARD', ...resource.rule], /does a matching rule exist|does not exist/)
    case 'sysctl':
      return writeFileSync(resource.key, resource.before)
  }
}

async function ignoring(argv: readonly [string, ...string[]], absence: string | RegExp): Promise<void> {
  try {
    await runCommand(argv)
  } catch (error) {
    if (!commandSaid(error, absence)) throw error
  }
}
