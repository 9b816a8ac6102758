// How many seats a request takes. A list counts by the memory that it holds at once, a write by the watchers it wakes.
// Source: k8s.io/apiserver pkg/util/flowcontrol/request/{width,list_work_estimator,mutating_work_estimator,config}.go
// (feature SizeBasedListCostEstimate on, as by default since 1.34).
import type { RequestInfo } from '../http/api-request.ts'
import { oneSeat, type WorkEstimate } from './work-estimate.ts'

const listSeatsMax = 100
const mutatingSeatsMax = 10
const bytesPerSeat = 100_000
/** A list from the cache is streamed: it never holds more than this. */
const streamedBytesMax = 1_000_000
/** For objects whose size is unknown: etcd's recommended largest request. */
const objectBytesMax = 1_500_000
const watchesPerSeat = 10
/** Work for the watchers of one seat. */
const eventMs = 5

export interface ResourceStats {
  readonly objects: number
  /** 0: unknown. */
  readonly averageBytes: number
}

export interface WorkEstimatorDeps {
  /** undefined for resources that are not stored here. */
  readonly statsOf: (info: RequestInfo) => ResourceStats | undefined
  readonly interestedWatches: (info: RequestInfo) => number
}

/** What the estimator wants to know of a level. */
interface EstimatedLevel {
  /** Most seats for one request; undefined: only the general limits count. */
  readonly seatsPerRequestMax: number | undefined
}

/** What the estimator tells of a write besides its estimate. */
interface Notes {
  watchCount(count: number): void
}

export class WorkEstimator {
  readonly #deps: WorkEstimatorDeps

  constructor(deps: WorkEstimatorDeps) {
    this.#deps = deps
  }

  /** @param query read for lists and watches only */
  estimate(info: RequestInfo, query: () => URLSearchParams, level: EstimatedLevel, notes: Notes): WorkEstimate {
    if (!info.isResourceRequest) return oneSeat
    switch (info.verb) {
      case 'list':
      case 'watch':
        return this.#list(info, query(), level)
      case 'create':
      case 'update':
      case 'patch':
      case 'delete':
        return this.#mutating(info, level, notes)
      default:
        return oneSeat
    }
  }

  #list(info: RequestInfo, query: URLSearchParams, { seatsPerRequestMax }: EstimatedLevel): WorkEstimate {
    const isWatch = info.verb === 'watch'
    if (isWatch && !sendsInitialState(query)) return oneSeat
    const stats = this.#deps.statsOf(info)
    if (!stats) return oneSeat
    const seats = Math.ceil(bytesHeld(info, query, stats, isWatch) / bytesPerSeat)
    const max = Math.min(seatsPerRequestMax ?? listSeatsMax, listSeatsMax)
    return seats <= 1 ? oneSeat : { ...oneSeat, initialSeats: Math.min(seats, max) }
  }

  #mutating(info: RequestInfo, { seatsPerRequestMax }: EstimatedLevel, notes: Notes): WorkEstimate {
    // A token for a service account is no event, however many watch service accounts.
    if (info.subresource === 'token' && info.resource === 'serviceaccounts') return oneSeat
    const watches = this.#deps.interestedWatches(info)
    notes.watchCount(watches)
    if (watches < watchesPerSeat) return oneSeat
    const wanted = Math.ceil(watches / watchesPerSeat)
    // Narrower and longer is the same work, and keeps fewer seats idle until they are all free at once.
    const finalSeats = Math.min(wanted, seatsPerRequestMax ?? mutatingSeatsMax, mutatingSeatsMax)
    return { initialSeats: 1, finalSeats, additionalLatencyMs: (wanted * eventMs) / finalSeats }
  }
}

function sendsInitialState(query: URLSearchParams): boolean {
  const resourceVersion = query.get('resourceVersion') ?? ''
  return resourceVersion === '' || resourceVersion === '0' || query.get('sendInitialEvents') === 'true'
}

function bytesHeld({ name }: RequestInfo, query: URLSearchParams, { objects, averageBytes }: ResourceStats, isWatch: boolean): number {
  const limit = Number(query.get('limit') ?? 0)
  const limited = limit > 0 ? Math.min(limit, objects) : objects
  const fromCache = isWatch || !readsStore(query, limit)
  const hasSelector = query.get('fieldSelector') || query.get('labelSelector')
  const loaded = name !== '' ? 1 : !fromCache && hasSelector ? Math.max(limited, Math.floor(objects / 2)) : limited
  const bytes = loaded * (averageBytes > 0 || objects === 0 ? averageBytes : objectBytesMax)
  return fromCache ? Math.min(bytes, streamedBytesMax) : bytes
}

/** Old revisions are read from the store: a page behind the first one, or an exact resourceVersion. */
function readsStore(query: URLSearchParams, limit: number): boolean {
  if (query.get('resourceVersionMatch') === 'Exact') return true
  if (query.get('resourceVersionMatch')) return false
  const resourceVersion = query.get('resourceVersion') ?? ''
  return Boolean(query.get('continue')) || (limit > 0 && resourceVersion !== '' && resourceVersion !== '0')
}
