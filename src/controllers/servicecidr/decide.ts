// When a ServiceCIDR is ready, and when one that is being deleted may go. Source: pkg/controller/servicecidrs, pkg/api/servicecidr.
import { isAllocated } from '../../api/networking/allocated-address.ts'
import type { IPAddress, ServiceCIDR } from '../../api/networking/v1.ts'
import type { Condition } from '../../api/meta/v1.ts'
import { type Cidr, cidrsOverlap, hasHost, type IpAddress, parseCidr, parseIp } from '../../util/ip.ts'
import type { Steps } from '../../util/steps.ts'

export const finalizer = 'networking.k8s.io/service-cidr-finalizer'

/** From the deletion on: until then API servers may not have noticed it and give out addresses of the range. */
const graceMs = 10_000

/** Looked at in one step: some tenths of a millisecond. */
const addressesPerStep = 256

export type Ready = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

const ready: Ready = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' }
const terminating: Ready = {
  type: 'Ready',
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
}

export interface Plan {
  readonly finalizer?: 'add' | 'remove'
  /** The condition to be written; left out: it stands there. */
  readonly condition?: Ready
  /** Time alone is missing. */
  readonly waitMs?: number
}

const isEnding = ({ metadata }: ServiceCIDR) => metadata.deletionTimestamp !== undefined
const rangesOf = ({ spec }: ServiceCIDR): readonly Cidr[] => (spec.cidrs ?? []).flatMap((text) => parseCidr(text) ?? [])

/** @returns undefined: none that an API server gave to a Service */
const serviceIpOf = (address: IPAddress): IpAddress | undefined => (isAllocated(address) ? parseIp(address.metadata.name) : undefined)

/** Names of those being deleted that the address may hold: nobody else asks for addresses. */
export function heldBy(address: IPAddress, all: readonly ServiceCIDR[]): readonly string[] {
  const ending = all.filter(isEnding)
  const ip = ending.length > 0 ? serviceIpOf(address) : undefined
  return ip ? ending.filter((cidr) => rangesOf(cidr).some((range) => hasHost(range, ip))).map(({ metadata }) => metadata.name) : []
}

/** Its own name, and those being deleted whose addresses it may take over or has ceased to. */
export function concernedBy(changed: ServiceCIDR, all: readonly ServiceCIDR[]): readonly string[] {
  const ranges = rangesOf(changed)
  const overlapping = all.filter((cidr) => isEnding(cidr) && rangesOf(cidr).some((range) => ranges.some((other) => cidrsOverlap(range, other))))
  return [...new Set([changed, ...overlapping].map(({ metadata }) => metadata.name))]
}

/** Whether an address would be left in no range: those of others that are being deleted go, too. */
function* isNeeded(cidr: ServiceCIDR, all: readonly ServiceCIDR[], addresses: readonly IPAddress[]): Steps<boolean> {
  const own = rangesOf(cidr)
  const others = all.filter((other) => other.metadata.name !== cidr.metadata.name && !isEnding(other)).flatMap(rangesOf)
  for (const [i, address] of addresses.entries()) {
    if (i % addressesPerStep === 0) yield
    const ip = serviceIpOf(address)
    if (ip && own.some((range) => hasHost(range, ip)) && !others.some((range) => hasHost(range, ip))) return true
  }
  return false
}

/** The plan's condition, when another is written there. */
function unlessWritten(wanted: Ready, { status }: ServiceCIDR): Pick<Plan, 'condition'> {
  const found = status?.conditions?.find(({ type }) => type === wanted.type)
  return found?.status === wanted.status && found.reason === wanted.reason && found.message === wanted.message ? {} : { condition: wanted }
}

/** @param all every ServiceCIDR @param addresses every IPAddress */
export function* decide(cidr: ServiceCIDR, all: readonly ServiceCIDR[], addresses: readonly IPAddress[], nowMs: number): Steps<Plan> {
  const { deletionTimestamp, finalizers = [] } = cidr.metadata
  const held = finalizers.includes(finalizer)
  if (!deletionTimestamp) return { ...(held ? {} : { finalizer: 'add' }), ...unlessWritten(ready, cidr) }
  if (yield* isNeeded(cidr, all, addresses)) return unlessWritten(terminating, cidr)
  const waitMs = Date.parse(deletionTimestamp) + graceMs - nowMs
  if (waitMs > 0) return { waitMs }
  return held ? { finalizer: 'remove' } : {}
}
