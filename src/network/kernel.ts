// The kernel's routing table and packet filter, through `ip` and `nft`.
import { commandSaid, runCommand } from './command.ts'
import type { Route, RouteChanges } from './routes.ts'

/** Marks routes as ours in the kernel's "who set it" field, so that only those are ever removed. */
const routeProtocol = '122'

/** @param device only routes of this interface; all when left out */
export async function readRoutes(device?: string): Promise<Route[]> {
  const { stdout } = await runCommand(['ip', '-json', '-4', 'route', 'show', 'proto', routeProtocol, ...(device ? ['dev', device] : [])])
  const routes = JSON.parse(stdout || '[]') as readonly { dst: string; gateway?: string }[]
  return routes.map(({ dst, gateway = '' }) => ({ destination: dst.includes('/') ? dst : `${dst}/32`, gateway }))
}

/** Makes the changes in one run of `ip`; the ones before a failure stay made. */
export async function changeRoutes({ replace, remove }: RouteChanges, device?: string): Promise<void> {
  if (replace.length === 0 && remove.length === 0) return
  const on = device ? ` dev ${device}` : ''
  const lines = [
    ...replace.map(({ destination, gateway }) => `route replace ${destination} via ${gateway}${on} proto ${routeProtocol}`),
    ...remove.map(({ destination, gateway }) => `route delete ${destination} via ${gateway}${on} proto ${routeProtocol}`),
  ]
  try {
    await runCommand(['ip', '-4', '-force', '-batch', '-'], { input: `${lines.join('\n')}\n` })
  } catch (error) {
    // A route that went away by itself, with its interface.
    if (replace.length > 0 || !commandSaid(error, 'No such process')) throw error
  }
}

const masqueradeTable = 'coxswain_node'

/** Pods reach what lies outside the cluster under their node's address, as nobody out there knows the way back to theirs. */
export function masqueradeRules({ podCidr, clusterCidr }: { podCidr: string; clusterCidr: string }): string {
  return `table ip ${masqueradeTable}
delete table ip ${masqueradeTable}
table ip ${masqueradeTable} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${podCidr} ip daddr != { ${clusterCidr}, 224.0.0.0/4 } masquerade
  }
}
`
}

export async function applyMasquerade(cidrs: { podCidr: string; clusterCidr: string }): Promise<void> {
  await runCommand(['nft', '-f', '-'], { input: masqueradeRules(cidrs) })
}
