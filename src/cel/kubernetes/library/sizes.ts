// What costs depend on of values that only functions look into.
import { type Cidr, type IpAddress, ipBits } from '../../../util/ip.ts'
import type { CelValue } from '../../values/value.ts'
import { cidrType, formatType, ipType } from '../types.ts'
import type { Format } from './format.ts'
import { Opaque } from './opaque.ts'

const inside = (value: CelValue | undefined, type: { readonly name: string }): unknown =>
  value instanceof Opaque && value.type.name === type.name ? value.value : undefined

/** In bytes; undefined: it is no address. */
export function ipSize(value: CelValue | undefined): number | undefined {
  const ip = inside(value, ipType) as IpAddress | undefined
  return ip && ipBits(ip) / 8
}

/** Bytes of the prefix; undefined: it is none. */
export function cidrSize(value: CelValue | undefined): number | undefined {
  const cidr = inside(value, cidrType) as Cidr | undefined
  return cidr && Math.ceil(cidr.prefixLength / 8)
}

/** Characters of the regular expression that a format might be. */
export const formatRegexSize = (value: CelValue | undefined) => (inside(value, formatType) as Format | undefined)?.regexSizeMax
/** Of any format. */
export const formatRegexSizeMax = 128
