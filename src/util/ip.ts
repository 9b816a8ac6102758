// IP addresses and CIDRs as exact integers. One parser for everything: two programs that read the same text as different
// addresses are a security hole, so the strict form refuses what is ambiguous, and the sloppy form (leading zeros, as old
// API objects may hold) says so by its name. Zones (`fe80::1%eth0`) are refused.

export interface IpAddress {
  readonly family: 4 | 6
  /** 32 or 128 bits. An IPv4-mapped IPv6 address (`::ffff:1.2.3.4`) is family 6 here; see {@link isIpv4Mapped}. */
  readonly value: bigint
}

export interface Cidr {
  /** The address as written; {@link network} clears the host bits. */
  readonly ip: IpAddress
  readonly prefixLength: number
}

export const ipBits = (ip: IpAddress) => (ip.family === 4 ? 32 : 128)

function parseIpv4(text: string, sloppy: boolean): bigint | undefined {
  const octets = text.split('.')
  if (octets.length !== 4) return undefined
  let value = 0n
  for (const octet of octets) {
    if (!/^[0-9]+$/.test(octet) || (!sloppy && octet.length > 1 && octet.startsWith('0'))) return undefined
    const number = Number(octet)
    if (number > 255) return undefined
    value = (value << 8n) | BigInt(number)
  }
  return value
}

function parseIpv6(text: string, sloppy: boolean): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groupsOf = (part: string, last: boolean): bigint[] | undefined => {
    if (part === '') return []
    const groups: bigint[] = []
    const pieces = part.split(':')
    for (const [index, piece] of pieces.entries()) {
      if (last && index === pieces.length - 1 && piece.includes('.')) {
        const v4 = parseIpv4(piece, sloppy)
        if (v4 === undefined) return undefined
        groups.push(v4 >> 16n, v4 & 0xffffn)
      } else if (/^[0-9a-fA-F]{1,4}$/.test(piece)) groups.push(BigInt(`0x${piece}`))
      else return undefined
    }
    return groups
  }
  const head = groupsOf(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? groupsOf(halves[1]!, true) : []
  if (!head || !tail) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  return [...head, ...Array<bigint>(missing).fill(0n), ...tail].reduce((value, group) => (value << 16n) | group, 0n)
}

function parse(text: string, sloppy: boolean): IpAddress | undefined {
  const family = text.includes(':') ? 6 : 4
  const value = family === 6 ? parseIpv6(text, sloppy) : parseIpv4(text, sloppy)
  return value === undefined ? undefined : { family, value }
}

/** Strict: no leading zeros in IPv4 octets. @returns undefined for anything that is not an address */
export const parseIp = (text: string) => parse(text, false)
/** Accepts leading zeros in IPv4 octets and reads them as decimal (`010.0.0.1` is 10.0.0.1). */
export const parseIpSloppy = (text: string) => parse(text, true)

export const isIpv4Mapped = ({ family, value }: IpAddress) => family === 6 && value >> 32n === 0xffffn

/** An IPv4-mapped address as the IPv4 address it stands for; any other unchanged. */
export const unmapIp = (ip: IpAddress): IpAddress => (isIpv4Mapped(ip) ? { family: 4, value: ip.value & 0xffffffffn } : ip)

/** Dotted decimal, or RFC 5952 (lower case, the first longest run of zeros as `::`). Mapped addresses keep `::ffff:`. */
export function formatIp({ family, value }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')
  if (isIpv4Mapped({ family, value })) return `::ffff:${formatIp({ family: 4, value: value & 0xffffffffn })}`
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn))
  let best = { start: 0, length: 0 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':')
  if (best.length < 2) return text(groups)
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`
}

function parseCidrWith(text: string, sloppy: boolean): Cidr | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const ip = parse(text.slice(0, slash), sloppy)
  const digits = text.slice(slash + 1)
  if (!ip || !(sloppy ? /^[0-9]+$/ : /^(0|[1-9][0-9]{0,2})$/).test(digits)) return undefined
  const prefixLength = Number(digits)
  return prefixLength <= ipBits(ip) ? { ip, prefixLength } : undefined
}

/** Strict in address and prefix length; host bits may be set (see {@link isNetwork}). */
export const parseCidr = (text: string) => parseCidrWith(text, false)
/** Leading zeros are accepted in IPv4 octets and in the prefix length. */
export const parseCidrSloppy = (text: string) => parseCidrWith(text, true)

const hostBits = ({ ip, prefixLength }: Cidr) => (1n << BigInt(ipBits(ip) - prefixLength)) - 1n

/** The same CIDR with its host bits cleared. */
export function network(cidr: Cidr): Cidr {
  return { ...cidr, ip: { ...cidr.ip, value: cidr.ip.value & ~hostBits(cidr) } }
}

/** Whether no bit is set beyond the prefix length. */
export const isNetwork = (cidr: Cidr) => (cidr.ip.value & hostBits(cidr)) === 0n

/** The highest address of the block. */
export const lastAddress = (cidr: Cidr): IpAddress => ({ ...cidr.ip, value: cidr.ip.value | hostBits(cidr) })

/** How many addresses the block has. */
export const cidrSize = (cidr: Cidr) => hostBits(cidr) + 1n

export const cidrContains = (cidr: Cidr, ip: IpAddress) => cidr.ip.family === ip.family && (ip.value & ~hostBits(cidr)) === (cidr.ip.value & ~hostBits(cidr))

/** Whether a host may have the address out of the block: it is not the network's own, nor in IPv4 the broadcast address. */
export const hasHost = (cidr: Cidr, ip: IpAddress) =>
  cidrContains(cidr, ip) && ip.value !== network(cidr).ip.value && !(ip.family === 4 && ip.value === lastAddress(cidr).value)

export const cidrsOverlap = (a: Cidr, b: Cidr) => cidrContains(a, b.ip) || cidrContains(b, a.ip)

export const formatCidr = ({ ip, prefixLength }: Cidr) => `${formatIp(ip)}/${prefixLength}`
