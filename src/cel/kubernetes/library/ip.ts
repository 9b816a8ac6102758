// `ip('10.0.0.1')`. Source: k8s.io/apiserver pkg/cel/library/ip.go.
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { formatIp, type IpAddress, isIpv4Mapped, lastAddress } from '../../../util/ip.ts'
import type { Library, Overload } from '../../declarations.ts'
import { boolType, intType, stringType, typeOfType } from '../../types/cel-type.ts'
import { CelError } from '../../values/value.ts'
import { AddressError, parseAddress } from '../parse/ip-address.ts'
import { ipType } from '../types.ts'
import { functions, global, member, opaque, textOf } from './opaque.ts'

const addresses = opaque<IpAddress>(ipType, (a, b) => a.family === b.family && a.value === b.value)
export const ipValue = addresses.of
export const ipOf = addresses.value
const { of, value } = addresses

/** @throws {CelError} for no address, one with a zone, and an IPv4 address in IPv6 clothes */
export function parseIpText(text: string): IpAddress {
  try {
    const { ip, zone } = parseAddress(text)
    if (zone) throw new CelError(`IP address ${goQuote(text)} with zone value is not allowed`)
    if (isIpv4Mapped(ip)) throw new CelError(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`)
    return ip
  } catch (error) {
    if (error instanceof AddressError) throw new CelError(`IP Address ${goQuote(text)} parse error during conversion from string: ${error.message}`)
    throw error
  }
}

/** Whether something that throws {@link CelError} for what is wrong does not. */
export function succeeds(run: () => unknown): boolean {
  try {
    run()
    return true
  } catch (error) {
    if (error instanceof CelError) return false
    throw error
  }
}

const within = (ip: IpAddress, family: 4 | 6, network: bigint, prefixLength: number) =>
  ip.family === family && (ip.value ^ network) >> BigInt((family === 4 ? 32 : 128) - prefixLength) === 0n

/** As net/netip has it. */
const isUnspecified = ({ value: bits }: IpAddress) => bits === 0n
const isLoopback = (ip: IpAddress) => within(ip, 4, 0x7fn << 24n, 8) || (ip.family === 6 && ip.value === 1n)
const isLinkLocalUnicast = (ip: IpAddress) => within(ip, 4, 0xa9fen << 16n, 16) || within(ip, 6, 0xfe80n << 112n, 10)
const isLinkLocalMulticast = (ip: IpAddress) =>
  within(ip, 4, 0xe00000n << 8n, 24) || (ip.family === 6 && ip.value >> 120n === 0xffn && ((ip.value >> 112n) & 0xfn) === 2n)
const isMulticast = (ip: IpAddress) => within(ip, 4, 0xen << 28n, 4) || within(ip, 6, 0xffn << 120n, 8)
const isBroadcast = (ip: IpAddress) => ip.family === 4 && ip.value === lastAddress({ ip, prefixLength: 0 }).value
const isGlobalUnicast = (ip: IpAddress) => !isBroadcast(ip) && !isUnspecified(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocalUnicast(ip)

const asks = (id: string, question: (ip: IpAddress) => boolean): readonly Overload[] => [member(id, [ipType], boolType, (ip) => question(value(ip)))]

export const ipLibrary: Library = {
  name: 'net.ip',
  types: [ipType],
  variables: [{ name: ipType.name, type: typeOfType(ipType) }],
  functions: functions({
    ip: [global('string_to_ip', [stringType], ipType, (text) => of(parseIpText(textOf(text))))],
    family: [member('ip_family', [ipType], intType, (ip) => value(ip).family)],
    'ip.isCanonical': [global('ip_is_canonical', [stringType], boolType, (text) => formatIp(parseIpText(textOf(text))) === text)],
    isUnspecified: asks('ip_is_unspecified', isUnspecified),
    isLoopback: asks('ip_is_loopback', isLoopback),
    isLinkLocalMulticast: asks('ip_is_link_local_multicast', isLinkLocalMulticast),
    isLinkLocalUnicast: asks('ip_is_link_local_unicast', isLinkLocalUnicast),
    isGlobalUnicast: asks('ip_is_global_unicast', isGlobalUnicast),
    isIP: [global('is_ip', [stringType], boolType, (text) => succeeds(() => parseIpText(textOf(text))))],
    string: [global('ip_to_string', [ipType], stringType, (ip) => formatIp(value(ip)))],
  }),
}
