// The ranges that cluster IPs are taken from: those of all ServiceCIDRs that are ready.
// Source: pkg/registry/core/service/ipallocator/cidrallocator.go, KEP-1880.
import type { ServiceCIDR } from '../../../../api/networking/v1.ts'
import { parseCidr } from '../../../../util/ip.ts'
import { IpRange } from './ip-range.ts'

/** The server makes it of its flags. */
const defaultName = 'kubernetes'

/** One that says nothing of it is ready: perhaps nobody is there to say so. One that is being deleted is not. */
const isReady = ({ metadata, status }: ServiceCIDR) =>
  !metadata.deletionTimestamp && (status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'True') === 'True'

/** @param own the ranges of the server's flags: they count until the default ServiceCIDR is there */
export function readyRanges(cidrs: readonly ServiceCIDR[], own: readonly string[]): readonly IpRange[] {
  const texts = new Set(cidrs.some(({ metadata }) => metadata.name === defaultName) ? [] : own)
  for (const cidr of cidrs) if (isReady(cidr)) for (const text of cidr.spec?.cidrs ?? []) texts.add(text)
  return [...texts].flatMap((text) => {
    const cidr = parseCidr(text)
    return cidr ? [new IpRange(cidr)] : []
  })
}
