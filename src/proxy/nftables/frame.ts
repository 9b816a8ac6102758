// The fixed part of the table: base chains, maps and the rules that look a packet up in them.
import { masqueradeMark, type RulesetOptions } from './ruleset.ts'

export const tableName = 'kube-proxy'

/**
 * nft commands that make the table anew, empty of services. `add` then `flush`/`delete` first, so that it also replaces
 * one that an earlier run left behind, in the same transaction.
 */
export function frame({ family, serviceCidrs }: RulesetOptions): string[] {
  const ip = family === 'ipv4' ? 'ip' : 'ip6'
  const address = family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr'
  const table = `${ip} ${tableName}`
  const unallocated = serviceCidrs.length
    ? [`add rule ${table} cluster-ips-check ${ip} daddr { ${serviceCidrs.join(', ')} } drop comment "no such cluster IP"`]
    : []
  return [
    `add table ${table}`,
    `delete table ${table}`,
    `add table ${table} { comment "rules for kube-proxy" ; }`,
    `add set ${table} cluster-ips { type ${address} ; }`,
    `add set ${table} nodeport-ips { type ${address} ; }`,
    `add map ${table} service-ips { type ${address} . inet_proto . inet_service : verdict ; }`,
    `add map ${table} service-nodeports { type inet_proto . inet_service : verdict ; }`,
    `add map ${table} no-endpoint-services { type ${address} . inet_proto . inet_service : verdict ; }`,
    `add map ${table} no-endpoint-nodeports { type inet_proto . inet_service : verdict ; }`,
    `add map ${table} firewall-ips { type ${address} . inet_proto . inet_service : verdict ; }`,
    `add chain ${table} mark-for-masquerade`,
    `add rule ${table} mark-for-masquerade meta mark set meta mark or ${masqueradeMark}`,
    `add chain ${table} reject-chain`,
    `add rule ${table} reject-chain reject`,
    `add chain ${table} services`,
    `add rule ${table} services ${ip} daddr . meta l4proto . th dport vmap @service-ips`,
    `add rule ${table} services ${ip} daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports`,
    `add chain ${table} masquerading`,
    `add rule ${table} masquerading meta mark and ${masqueradeMark} == 0 return`,
    `add rule ${table} masquerading meta mark set meta mark xor ${masqueradeMark}`,
    `add rule ${table} masquerading masquerade fully-random`,
    `add chain ${table} nat-prerouting { type nat hook prerouting priority dstnat ; }`,
    `add rule ${table} nat-prerouting jump services`,
    `add chain ${table} nat-output { type nat hook output priority -100 ; }`,
    `add rule ${table} nat-output jump services`,
    `add chain ${table} nat-postrouting { type nat hook postrouting priority srcnat ; }`,
    `add rule ${table} nat-postrouting jump masquerading`,
    // Packets that are still addressed to a service after DNAT found no endpoint.
    `add chain ${table} endpoints-check`,
    `add rule ${table} endpoints-check ${ip} daddr . meta l4proto . th dport vmap @no-endpoint-services`,
    `add rule ${table} endpoints-check ${ip} daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports`,
    `add chain ${table} cluster-ips-check`,
    `add rule ${table} cluster-ips-check ${ip} daddr @cluster-ips reject comment "no such port of a cluster IP"`,
    ...unallocated,
    `add chain ${table} firewall-check`,
    `add rule ${table} firewall-check ${ip} daddr . meta l4proto . th dport vmap @firewall-ips`,
    `add chain ${table} filter-prerouting { type filter hook prerouting priority -110 ; }`,
    `add rule ${table} filter-prerouting ct state new jump firewall-check`,
    // CVE-2020-8558: loopback addresses are nobody's from outside.
    ...(family === 'ipv4' ? [`add rule ${table} filter-prerouting iifname != "lo" ip daddr 127.0.0.0/8 drop comment "martian loopback"`] : []),
    `add chain ${table} filter-input { type filter hook input priority -110 ; }`,
    `add rule ${table} filter-input ct state new jump endpoints-check`,
    `add chain ${table} filter-forward { type filter hook forward priority -110 ; }`,
    `add rule ${table} filter-forward ct state new jump endpoints-check`,
    `add rule ${table} filter-forward ct state new jump cluster-ips-check`,
    `add chain ${table} filter-output { type filter hook output priority -110 ; }`,
    `add rule ${table} filter-output ct state new jump firewall-check`,
    `add chain ${table} filter-output-post-dnat { type filter hook output priority -90 ; }`,
    `add rule ${table} filter-output-post-dnat ct state new jump endpoints-check`,
    `add rule ${table} filter-output-post-dnat ct state new jump cluster-ips-check`,
  ]
}
