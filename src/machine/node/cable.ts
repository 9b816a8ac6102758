import { linkExists } from '../host/bridge.ts'
import type { Journal } from '../journal.ts'
import { bridgeName, cableName, type ClusterLayout } from '../layout.ts'
import { runCommand } from '../../network/command.ts'

export interface CableOptions {
  readonly cluster: ClusterLayout
  readonly journal: Journal
  readonly node: string
  readonly initPid: number
  /** The node's address, with prefix length. */
  readonly address: string
  /** The host's address on the bridge. */
  readonly gateway: string
}

/** Connects the node to the bridge: a pair of virtual interfaces, one end of which moves into the node as `eth0`. */
export async function plugIn({ cluster, journal, node, initPid, address, gateway }: CableOptions): Promise<void> {
  const cable = cableName(cluster, node)
  journal.record({ kind: 'link', name: cable })
  if (await linkExists(cable)) await runCommand(['ip', 'link', 'delete', 'dev', cable])
  await runCommand(['ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(initPid)])
  await runCommand(['ip', '-batch', '-'], { input: `link set ${cable} master ${bridgeName(cluster)}\nlink set ${cable} up\n` })
  await runCommand(['nsenter', `--net=/proc/${initPid}/ns/net`, 'ip', '-batch', '-'], {
    input: `addr add ${address} dev eth0\nlink set eth0 up\nroute replace default via ${gateway}\n`,
  })
}
