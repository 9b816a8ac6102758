// The names and addresses in an API server's own serving certificate.
import { hostname } from 'node:os'
import { formatIp, network, parseCidr } from '../util/ip.ts'

/**
 * What clients call an API server: pods by the Service `kubernetes`, members of the cluster by address, people on its machine.
 * @param serviceCidrs comma separated; the Service has the first address of the first, and extension servers may use each
 * @throws {Error} for a range that is none
 */
export function apiServerHosts({ addresses, serviceCidrs }: { readonly addresses: readonly string[]; readonly serviceCidrs: string }): string[] {
  const serviceIPs = serviceCidrs.split(',').map((text) => {
    const range = parseCidr(text.trim())
    if (!range) throw new Error(`${JSON.stringify(text)} is no range of Service addresses (CIDR)`)
    return formatIp({ ...range.ip, value: network(range).ip.value + 1n })
  })
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost', hostname()]
  return [...new Set([...names, '127.0.0.1', '::1', ...addresses, ...serviceIPs])]
}
