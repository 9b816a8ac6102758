import { createHash } from 'node:crypto'

/** Upstream's name of an API server. Source: pkg/controlplane/apiserver/config.go (KEP-1965). */
export function apiServerId(host: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const bits = [...createHash('sha256').update(host).digest().subarray(0, 16)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return `apiserver-${groups.map((group) => alphabet[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')}`
}
