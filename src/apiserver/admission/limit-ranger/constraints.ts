// What a LimitRange says of one container, pod or claim, and how it complains.
import type { Pod, PersistentVolumeClaim, LimitRange, LimitRangeItem } from '../../../api/core/v1.ts'
import { podQuantities, quantities, type ReadonlyQuantities } from '../../../api/core/pod-quantities.ts'
import type { Quantity } from '../../../apimachinery/quantity/quantity.ts'

interface Asked {
  readonly requests: ReadonlyQuantities
  readonly limits: ReadonlyQuantities
}

type Constraint = (type: string, resource: string, enforced: Quantity, asked: Asked) => string | undefined

const atLeast: Constraint = (type, resource, enforced, { requests, limits }) => {
  const says = `minimum ${resource} usage per ${type} is ${enforced.toString()}`
  const [request, limit] = [requests.get(resource), limits.get(resource)]
  if (!request) return `${says}.  No request is specified`
  if (request.compare(enforced) < 0) return `${says}, but request is ${request.toString()}`
  return limit && limit.compare(enforced) < 0 ? `${says}, but limit is ${limit.toString()}` : undefined
}

const atMost: Constraint = (type, resource, enforced, { requests, limits }) => {
  const says = `maximum ${resource} usage per ${type} is ${enforced.toString()}`
  const [request, limit] = [requests.get(resource), limits.get(resource)]
  if (!limit) return `${says}.  No limit is specified`
  if (limit.compare(enforced) > 0) return `${says}, but limit is ${limit.toString()}`
  return request && request.compare(enforced) > 0 ? `${says}, but request is ${request.toString()}` : undefined
}

/** For things that have requests only. */
const requestAtMost: Constraint = (type, resource, enforced, { requests }) => {
  const says = `maximum ${resource} usage per ${type} is ${enforced.toString()}`
  const request = requests.get(resource)
  if (!request) return `${says}.  No request is specified`
  return request.compare(enforced) > 0 ? `${says}, but request is ${request.toString()}` : undefined
}

const ratioAtMost: Constraint = (type, resource, enforced, { requests, limits }) => {
  const says = `${resource} max limit to request ratio per ${type} is ${enforced.toString()}`
  const [request, limit] = [requests.get(resource), limits.get(resource)]
  if (!request || request.isZero()) return `${says}, but no request is specified or request is 0`
  if (!limit || limit.isZero()) return `${says}, but no limit is specified or limit is 0`
  const ratio = Number(limit.milliValue()) / Number(request.milliValue())
  return ratio > enforced.toNumber() ? `${says}, but provided ratio is ${ratio.toFixed(6)}` : undefined
}

/** An item's amounts, parsed. */
type Enforced = readonly (readonly [resource: string, quantity: Quantity, constraint: Constraint])[]

const amountsOf = (list: LimitRangeItem['min'], constraint: Constraint): Enforced =>
  [...quantities(list)].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([resource, quantity]) => [resource, quantity, constraint] as const)

/** Items are of the watch cache, and are never changed: their amounts are parsed once. */
const parsed = new WeakMap<LimitRangeItem, Enforced>()

function enforcedBy(item: LimitRangeItem): Enforced {
  let enforced = parsed.get(item)
  if (!enforced) {
    enforced =
      item.type === 'PersistentVolumeClaim'
        ? [...amountsOf(item.min, atLeast), ...amountsOf(item.max, requestAtMost)]
        : [...amountsOf(item.min, atLeast), ...amountsOf(item.max, atMost), ...amountsOf(item.maxLimitRequestRatio, ratioAtMost)]
    parsed.set(item, enforced)
  }
  return enforced
}

const complaints = (item: LimitRangeItem, asked: () => Asked): string[] => {
  const enforced = enforcedBy(item)
  if (!enforced.length) return []
  const amounts = asked()
  return enforced.flatMap(([resource, quantity, constraint]) => constraint(item.type, resource, quantity, amounts) ?? [])
}

function checkPod(item: LimitRangeItem, pod: Pod): string[] {
  if (item.type === 'Container') {
    const containers = pod.spec.initContainers ? [...pod.spec.containers, ...pod.spec.initContainers] : pod.spec.containers
    return containers.flatMap(({ resources }) => complaints(item, () => ({ requests: quantities(resources?.requests), limits: quantities(resources?.limits) })))
  }
  if (item.type !== 'Pod') return []
  const options = { overhead: false, status: false }
  return complaints(item, () => ({ requests: podQuantities(pod, 'requests', options), limits: podQuantities(pod, 'limits', options) }))
}

export const podComplaints = ({ spec }: LimitRange, pod: Pod): string[] => (spec?.limits ?? []).flatMap((item) => checkPod(item, pod))

export function claimComplaints({ spec }: LimitRange, claim: PersistentVolumeClaim): string[] {
  const asked = () => ({ requests: quantities(claim.spec?.resources?.requests), limits: new Map<string, Quantity>() })
  return (spec?.limits ?? []).filter(({ type }) => type === 'PersistentVolumeClaim').flatMap((item) => complaints(item, asked))
}
