// One queue of a priority level: requests in the order in which they came, and how much work they are.
import { type Linked, LinkedList } from '../../util/linked-list.ts'
import type { UserInfo } from '../authn/user.ts'
import type { RequestInfo } from '../http/api-request.ts'
import type { FlowStatistics, RejectReason } from './flow-statistics.ts'
import type { WorkEstimate } from './work-estimate.ts'

/** Requests of one flow schema that are alike by its distinguisher: what fairness is between. */
export interface Flow {
  readonly flowSchema: string
  /** A user's name or a namespace; '' when the schema distinguishes nothing. */
  readonly distinguisher: string
  /** Queues that the flow may use; empty when its level has none. */
  readonly hand: readonly number[]
  readonly statistics: FlowStatistics
}

export type Decision = 'execute' | RejectReason

/** What a request is guessed to take before it has been measured. Upstream's estimatedServiceDuration. */
export const serviceMsGuess = 3

/** A request from its arrival at a priority level to the release of its seats. */
export class FlowRequest implements Linked<FlowRequest> {
  readonly flow: Flow
  readonly info: RequestInfo
  readonly user: UserInfo
  readonly initialSeats: number
  finalSeats: number
  additionalLatencyMs: number
  /** Seat-milliseconds: the guess for its service, and what comes after. */
  readonly work: number
  readonly arrivalMs: number
  /** When it will have waited too long. */
  readonly deadlineMs: number
  /** Reading of the queue set's progress meter on arrival. */
  arrivalR = 0
  /** Set when it starts. */
  startMs = NaN
  /** Set when its handler is done. */
  endMs = NaN
  queue: FairQueue | undefined
  /** Told once what becomes of a request that has to wait. */
  decide: ((decision: Decision) => void) | undefined
  previous: FlowRequest | undefined
  next: FlowRequest | undefined

  constructor(flow: Flow, info: RequestInfo, user: UserInfo, estimate: WorkEstimate, arrivalMs: number, waitMsMax: number) {
    this.flow = flow
    this.info = info
    this.user = user
    this.initialSeats = estimate.initialSeats
    this.finalSeats = estimate.finalSeats
    this.additionalLatencyMs = estimate.additionalLatencyMs
    this.work = estimate.initialSeats * serviceMsGuess + estimate.finalSeats * estimate.additionalLatencyMs
    this.arrivalMs = arrivalMs
    this.deadlineMs = arrivalMs + waitMsMax
  }

  /** Seats that it holds from its start to the end of all. */
  get seats(): number {
    return Math.max(this.initialSeats, this.finalSeats)
  }
}

/** First in, first out. */
export class FairQueue {
  index: number
  /** Where the progress meter will be when the next request of this queue would start in a fair world. */
  nextDispatchR = 0
  requestsExecuting = 0
  seatsInUse = 0
  length = 0
  initialSeatsSum = 0
  seatsSum = 0
  workSum = 0
  readonly #waiting = new LinkedList<FlowRequest>()

  constructor(index: number) {
    this.index = index
  }

  get oldest(): FlowRequest | undefined {
    return this.#waiting.first
  }

  get isEmpty(): boolean {
    return this.length === 0 && this.requestsExecuting === 0
  }

  /** The fair start less what is being served. */
  get discountedStart(): number {
    return this.nextDispatchR - this.seatsInUse * serviceMsGuess
  }

  push(request: FlowRequest): void {
    this.#waiting.push(request)
    this.#count(request, 1)
  }

  remove(request: FlowRequest): void {
    this.#waiting.remove(request)
    this.#count(request, -1)
  }

  /** The waiting requests, oldest first. */
  [Symbol.iterator](): Generator<FlowRequest> {
    return this.#waiting[Symbol.iterator]()
  }

  #count(request: FlowRequest, sign: 1 | -1): void {
    this.length += sign
    this.initialSeatsSum += sign * request.initialSeats
    this.seatsSum += sign * request.seats
    // Rounding must not make an empty queue look busy.
    this.workSum = this.length === 0 ? 0 : this.workSum + sign * request.work
  }
}
