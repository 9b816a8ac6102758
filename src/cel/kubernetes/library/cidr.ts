// `cidr('10.0.0.0/8')`. Source: k8s.io/apiserver pkg/cel/library/cidr.go.
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { type Cidr, cidrContains, formatCidr, isIpv4Mapped, network } from '../../../util/ip.ts'
import type { Library } from '../../declarations.ts'
import { boolType, intType, stringType, typeOfType } from '../../types/cel-type.ts'
import { CelError } from '../../values/value.ts'
import { AddressError, parsePrefix } from '../parse/ip-address.ts'
import { cidrType, ipType } from '../types.ts'
import { ipOf, ipValue, parseIpText, succeeds } from './ip.ts'
import { functions, global, member, opaque, textOf } from './opaque.ts'

const same = (a: Cidr, b: Cidr) => a.prefixLength === b.prefixLength && a.ip.family === b.ip.family && a.ip.value === b.ip.value
const cidrs = opaque<Cidr>(cidrType, same)
const { of, value } = cidrs
const prefixWrong = 'network address parse error during conversion from string: '

/** @throws {CelError} upstream says twice what it was doing */
function parse(text: string): Cidr {
  try {
    const cidr = parsePrefix(text)
    if (isIpv4Mapped(cidr.ip)) throw new CelError(`${prefixWrong}IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`)
    return cidr
  } catch (error) {
    if (error instanceof AddressError) throw new CelError(prefixWrong + prefixWrong + error.message)
    throw error
  }
}

const containsCidr = (outer: Cidr, inner: Cidr) => outer.prefixLength <= inner.prefixLength && cidrContains(outer, inner.ip)

export const cidrLibrary: Library = {
  name: 'net.cidr',
  types: [cidrType],
  variables: [{ name: cidrType.name, type: typeOfType(cidrType) }],
  functions: functions({
    cidr: [global('string_to_cidr', [stringType], cidrType, (text) => of(parse(textOf(text))))],
    containsIP: [
      member('cidr_contains_ip_string', [cidrType, stringType], boolType, (cidr, text) => cidrContains(value(cidr), parseIpText(textOf(text)))),
      member('cidr_contains_ip_ip', [cidrType, ipType], boolType, (cidr, ip) => cidrContains(value(cidr), ipOf(ip))),
    ],
    containsCIDR: [
      member('cidr_contains_cidr_string', [cidrType, stringType], boolType, (cidr, text) => containsCidr(value(cidr), parse(textOf(text)))),
      member('cidr_contains_cidr', [cidrType, cidrType], boolType, (cidr, other) => containsCidr(value(cidr), value(other))),
    ],
    ip: [member('cidr_ip', [cidrType], ipType, (cidr) => ipValue(value(cidr).ip))],
    prefixLength: [member('cidr_prefix_length', [cidrType], intType, (cidr) => value(cidr).prefixLength)],
    masked: [member('cidr_masked', [cidrType], cidrType, (cidr) => of(network(value(cidr))))],
    isCIDR: [global('is_cidr', [stringType], boolType, (text) => succeeds(() => parse(textOf(text))))],
    string: [global('cidr_to_string', [cidrType], stringType, (cidr) => formatCidr(value(cidr)))],
  }),
}
