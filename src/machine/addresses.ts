// Chooses ranges for nodes, pods and Services that nothing on this machine uses yet.
import { type Cidr, cidrsOverlap, formatCidr, formatIp, network, parseCidr } from '../util/ip.ts'

/** A range that the host already sends somewhere. */
export interface HostRoute {
  readonly cidr: Cidr
  readonly device: string
}

export interface Ranges {
  readonly nodeCidr: string
  readonly podCidr: string
  readonly serviceCidr: string
}

export type RangeName = keyof Ranges

/** What the user typed to set each range. */
export const rangeFlags: Readonly<Record<RangeName, string>> = { nodeCidr: '--node-cidr', podCidr: '--pod-cidr', serviceCidr: '--service-cidr' }

/** The first of each is what people know from other clusters; a second cluster on the same machine gets the next. */
const candidates: Readonly<Record<RangeName, (index: number) => string>> = {
  nodeCidr: (index) => `172.30.${index}.0/24`,
  podCidr: (index) => `10.${244 - index}.0.0/16`,
  serviceCidr: (index) => `10.${96 + index}.0.0/16`,
}
const candidatesMax = 100

/** Which bits of `10.x.0.0/16` pods need: a /24 per node, so at least a /23 for two nodes. */
const prefixLengthMax: Readonly<Record<RangeName, number>> = { nodeCidr: 29, podCidr: 24, serviceCidr: 28 }

export class AddressRangeError extends Error {
  override readonly name = 'AddressRangeError'
  readonly remedy: string
  constructor(message: string, remedy: string) {
    super(message)
    this.remedy = remedy
  }
}

/** Reads `ip -json route show table all`. Default routes, loopback and multicast take no range away. */
export function parseHostRoutes(json: string): HostRoute[] {
  const routes = JSON.parse(json || '[]') as readonly { dst?: string; dev?: string; type?: string }[]
  return routes.flatMap(({ dst, dev = '', type = 'unicast' }) => {
    if (!dst || dst === 'default' || dev === 'lo' || type !== 'unicast') return []
    const cidr = parseCidr(dst.includes('/') ? dst : `${dst}/32`)
    return cidr?.ip.family === 4 && cidr.prefixLength > 0 ? [{ cidr, device: dev }] : []
  })
}

/**
 * The ranges of a new cluster: those asked for, checked, and free ones for the rest.
 * @throws {AddressRangeError} for a range that is none, too small, or already in use
 */
export function chooseRanges(asked: Partial<Ranges>, routes: readonly HostRoute[]): Ranges {
  const taken: { cidr: Cidr; by: string }[] = routes.map(({ cidr, device }) => ({ cidr, by: `this machine routes ${formatCidr(cidr)} to ${device}` }))
  const chosen: Partial<Record<RangeName, string>> = {}
  const names = Object.keys(rangeFlags) as RangeName[]
  const take = (name: RangeName, cidr: Cidr) => {
    taken.push({ cidr, by: `${rangeFlags[name]} is ${formatCidr(cidr)}` })
    chosen[name] = formatCidr(cidr)
  }
  for (const name of names) {
    const text = asked[name]
    if (text === undefined) continue
    const cidr = checkRange(name, text)
    const collision = taken.find((other) => cidrsOverlap(cidr, other.cidr))
    if (collision)
      throw new AddressRangeError(`${rangeFlags[name]} ${text} is not free: ${collision.by}`, `choose another range with ${rangeFlags[name]}, or leave it out`)
    take(name, cidr)
  }
  for (const name of names) {
    if (chosen[name] !== undefined) continue
    const free = Array.from({ length: candidatesMax }, (_, index) => parseCidr(candidates[name](index))!).find(
      (cidr) => !taken.some((other) => cidrsOverlap(cidr, other.cidr)),
    )
    if (!free) throw new AddressRangeError(`no free range for ${rangeFlags[name]} was found`, `choose one with ${rangeFlags[name]}`)
    take(name, free)
  }
  return chosen as Ranges
}

function checkRange(name: RangeName, text: string): Cidr {
  const flag = rangeFlags[name]
  const cidr = parseCidr(text)
  if (!cidr || cidr.ip.family !== 4) throw new AddressRangeError(`${flag} ${text} is not an IPv4 range`, `write it like ${candidates[name](0)}`)
  if (cidr.prefixLength > prefixLengthMax[name] || cidr.prefixLength < 8)
    throw new AddressRangeError(`${flag} ${text} has a prefix length outside 8 to ${prefixLengthMax[name]}`, `write it like ${candidates[name](0)}`)
  return network(cidr)
}

/** The address at `index` of a range, counted from its first. */
export function addressAt(range: string, index: number): string {
  const { ip } = network(parseCidr(range)!)
  return formatIp({ ...ip, value: ip.value + BigInt(index) })
}

export const prefixLengthOf = (range: string): number => parseCidr(range)!.prefixLength

/** The host is the first address of the nodes' range, the node numbered `n` (from 1) comes n after it. */
export const hostAddress = (nodeCidr: string): string => addressAt(nodeCidr, 1)
export const nodeAddress = (nodeCidr: string, number: number): string => addressAt(nodeCidr, 1 + number)
/** Without network, host and broadcast addresses. */
export const nodesMax = (nodeCidr: string): number => 2 ** (32 - prefixLengthOf(nodeCidr)) - 3
