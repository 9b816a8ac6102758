export interface CniFacts {
  /** The node's share of the cluster's pod addresses: `10.244.1.0/24`. */
  readonly podCidr: string
  /** The kernel has IPv6, which our pods do not use. */
  readonly hasIpv6: boolean
}

/** Runtimes read the first file in order of name; a plugin installed by the user (10-...) goes before. */
export const cniConfigFile = '50-coxswain.conflist'

/**
 * The node's CNI configuration: every pod gets a cable of its own to the node (`ptp`), an address from the node's range
 * (`host-local`), and its host ports (`portmap`). Its end of the cable takes no IPv6 routes or addresses from whoever advertises some
 * (`tuning`, CVE-2020-10749).
 *
 * No bridge: on one, pods of a node would talk past the packet filter unless br_netfilter is loaded, and replies to a Service
 * would come from the wrong address. With routed cables every packet passes the node's rules.
 */
export function cniConfigList({ podCidr, hasIpv6 }: CniFacts): string {
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
      ...(hasIpv6 ? [{ type: 'tuning', sysctl: { 'net.ipv6.conf.eth0.accept_ra': '0' } }] : []),
    ],
  }
  return `${JSON.stringify(config, null, 2)}\n`
}
