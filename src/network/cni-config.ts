export interface CniFacts {
  /** The node's share of the cluster's pod addresses: `10.244.1.0/24`. */
  readonly podCidr: string
}

/** Runtimes read the first file in order of name; a plugin installed by the user (10-...) goes before. */
export const cniConfigFile = '50-coxswain.conflist'

/**
 * The node's CNI configuration: every pod gets a cable of its own to the node (`ptp`), an address from the node's range
 * (`host-local`), and its host ports (`portmap`).
 *
 * No bridge: on one, pods of a node would talk past the packet filter unless br_netfilter is loaded, and replies to a Service
 * would come from the wrong address. With routed cables every packet passes the node's rules.
 */
export function cniConfigList({ podCidr }: CniFacts): string {
  const config = {
    cniVersion: '0.4.0',
    name: 'coxswain',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: { type: 'host-local', dataDir: '/var/lib/cni/networks', ranges: [[{ subnet: podCidr }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }
  return `${JSON.stringify(config, null, 2)}\n`
}
