import { networkInterfaces } from 'node:os'

/** Addresses of this machine that others can reach it by. */
export function localAddresses(family: 'ipv4' | 'ipv6'): string[] {
  const wanted = family === 'ipv4' ? 'IPv4' : 'IPv6'
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter((a) => a.family === wanted && !a.internal && !a.address.startsWith('fe80:')).map((a) => a.address),
  )
}
