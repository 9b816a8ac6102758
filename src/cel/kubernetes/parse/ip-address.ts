// IP addresses and prefixes as Go's net/netip reads them, with its complaints. Source: Go net/netip (ParseAddr, ParsePrefix).
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { type Cidr, type IpAddress, ipBits, parseIp } from '../../../util/ip.ts'

/** A text that is no address; the message is Go's. */
export class AddressError extends Error {
  override readonly name = 'AddressError'
}

const wrong = (text: string, why: string, at = '') => new AddressError(`ParseAddr(${goQuote(text)}): ${why}${at ? ` (at ${goQuote(at)})` : ''}`)

/** Why four numbers are not. @param whole what was to be parsed, @param from where the numbers begin in it */
function ipv4Error(whole: string, from: number): AddressError | undefined {
  const text = whole.slice(from)
  let [fields, digits, value] = [0, 0, 0]
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char >= '0' && char <= '9') {
      if (digits === 1 && value === 0) return wrong(whole, 'IPv4 field has octet with leading zero')
      value = value * 10 + Number(char)
      digits++
      if (value > 255) return wrong(whole, 'IPv4 field has value >255')
    } else if (char === '.') {
      if (i === 0 || i === text.length - 1 || text[i - 1] === '.') return wrong(whole, 'IPv4 field must have at least one digit', text.slice(i))
      if (fields === 3) return wrong(whole, 'IPv4 address too long')
      fields++
      digits = 0
      value = 0
    } else return wrong(whole, 'unexpected character', text.slice(i))
  }
  return fields < 3 ? wrong(whole, 'IPv4 address too short') : undefined
}

function ipv6Error(whole: string, text: string): AddressError {
  let rest = text
  let ellipsis = rest.startsWith('::')
  if (ellipsis) rest = rest.slice(2)
  let bytes = 0
  while (bytes < 16 && rest !== '') {
    const digits = /^[0-9a-fA-F]*/.exec(rest)![0].length
    if (digits > 4) return wrong(whole, 'each group must have 4 or less digits', rest)
    if (digits === 0) return wrong(whole, 'each colon-separated field must have at least one digit', rest)
    if (rest[digits] === '.') {
      if (!ellipsis && bytes !== 12) return wrong(whole, 'embedded IPv4 address must replace the final 2 fields of the address', rest)
      if (bytes + 4 > 16) return wrong(whole, 'too many hex fields to fit an embedded IPv4 at the end of the address', rest)
      return ipv4Error(whole, text.length - rest.length) ?? wrong(whole, 'unable to parse IP')
    }
    bytes += 2
    rest = rest.slice(digits)
    if (rest === '') break
    if (rest[0] !== ':') return wrong(whole, 'unexpected character, want colon', rest)
    if (rest.length === 1) return wrong(whole, 'colon must be followed by more characters', rest)
    rest = rest.slice(1)
    if (rest[0] !== ':') continue
    if (ellipsis) return wrong(whole, 'multiple :: in address', rest)
    ellipsis = true
    rest = rest.slice(1)
  }
  if (rest !== '') return wrong(whole, 'trailing garbage after address', rest)
  if (bytes < 16) return wrong(whole, 'address string too short')
  return wrong(whole, 'the :: must expand to at least one field of zeros')
}

interface ZonedAddress {
  readonly ip: IpAddress
  /** `eth0` of `fe80::1%eth0`; '' for none. */
  readonly zone: string
}

/** @throws {AddressError} */
export function parseAddress(text: string): ZonedAddress {
  const first = /[.:%]/.exec(text)?.[0]
  if (first === undefined) throw wrong(text, 'unable to parse IP')
  if (first === '%') throw wrong(text, 'missing IPv6 address')
  const at = first === ':' ? text.indexOf('%') : -1
  const address = at < 0 ? text : text.slice(0, at)
  const zone = at < 0 ? '' : text.slice(at + 1)
  if (at >= 0 && zone === '') throw wrong(text, 'zone must be a non-empty string')
  const ip = parseIp(address)
  if (ip && (ip.family === 4) === (first === '.')) return { ip, zone }
  throw (first === '.' ? ipv4Error(text, 0) : undefined) ?? ipv6Error(text, address)
}

/** @throws {AddressError} */
export function parsePrefix(text: string): Cidr {
  const fail = (why: string) => new AddressError(`netip.ParsePrefix(${goQuote(text)}): ${why}`)
  const slash = text.lastIndexOf('/')
  if (slash < 0) throw fail('no "/"')
  const address = text.slice(0, slash)
  const { ip, zone } = (() => {
    try {
      return parseAddress(address)
    } catch (error) {
      throw error instanceof AddressError ? fail(error.message) : error
    }
  })()
  if (zone) throw fail('IPv6 zones cannot be present in a prefix')
  const bits = text.slice(slash + 1)
  if (bits.length > 1 && !/^[1-9]/.test(bits)) throw fail(`bad bits after slash: ${goQuote(bits)}`)
  if (!/^[+-]?[0-9]+$/.test(bits)) throw fail(`bad bits after slash: ${goQuote(bits)}`)
  if (Number(bits) < 0 || Number(bits) > ipBits(ip)) throw fail('prefix length out of range')
  return { ip, prefixLength: Number(bits) }
}
