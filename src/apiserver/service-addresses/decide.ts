// What is wrong with an IPAddress that cluster IPs are kept in, and what is done about it. Pure.
// Source: pkg/registry/core/service/ipallocator/controller/repairip.go (syncIPAddress).
import type { Service } from '../../api/core/v1.ts'
import { familyLabel, isAllocated } from '../../api/networking/allocated-address.ts'
import type { IPAddress } from '../../api/networking/v1.ts'
import { holdings } from '../registry/core/service/holdings.ts'
import { familyOf } from '../registry/core/service/needs.ts'

/** An IPAddress is there before its Service is: for as long as a request may take nothing is concluded from that. */
export const graceMs = 60_000

export type Repair =
  | { readonly type: 'none' }
  /** Another look after so many milliseconds. */
  | { readonly type: 'later'; readonly ms: number }
  | { readonly type: 'delete'; readonly reason: string; readonly note: string }
  /** The Service's address needs its object, again. */
  | { readonly type: 'make'; readonly service: Service }

const none: Repair = { type: 'none' }

/** @param service that the IPAddress names, or that the one which is gone has named */
export function repairOf(ip: string, address: IPAddress | undefined, service: Service | undefined, nowMs: number): Repair {
  const isHeld = service !== undefined && holdings(service).ips.includes(ip)
  if (!address) return isHeld ? { type: 'make', service } : none
  const parent = address.spec?.parentRef
  if (isHeld) return isAllocated(address) && address.metadata.labels?.[familyLabel] === familyOf(ip) ? none : { type: 'make', service }
  if (!isAllocated(address)) return none
  const name = `${parent?.namespace ?? ''}/${parent?.name ?? ''}`
  if (!isOfService(address)) {
    const note = `IPAddress ${ip} appears to have been modified, not referencing a Service ${JSON.stringify(parent)}: cleaning up`
    return { type: 'delete', reason: 'IPAddressNotAllocated', note }
  }
  const ageMs = nowMs - Date.parse(address.metadata.creationTimestamp)
  if (ageMs <= graceMs) return { type: 'later', ms: graceMs - ageMs + 1 }
  return service
    ? { type: 'delete', reason: 'IPAddressWrongReference', note: `IPAddress: ${ip} for Service ${name} has a wrong reference; cleaning up` }
    : { type: 'delete', reason: 'IPAddressNotAllocated', note: `IPAddress: ${ip} for Service ${name} appears to have leaked: cleaning up` }
}

export const isOfService = ({ spec }: IPAddress) => !spec?.parentRef?.group && spec?.parentRef?.resource === 'services'
