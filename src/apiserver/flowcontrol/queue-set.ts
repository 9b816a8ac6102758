// The queues of one priority level, and who may go next. Fair queuing for server requests: imagine that every queue that has
// something to do were served at once, each with an equal share of the level's seats. R is how many seat-milliseconds each such
// queue would have got since the start; it grows by min(seats wanted, seats there are) / (active queues) a millisecond. A request
// would then start at S = max(its arrival's R, the end of its predecessor) and end at F = S + its work. In the real world the
// request with the smallest F of all queues' oldest goes next.
//
// How long a request takes is not known before, so its work is guessed with 3 ms and put right when it is done. A queue that is
// not active falls behind R for nothing: S is never before the arrival of the oldest request (or it could hoard).
// Source: k8s.io/apiserver pkg/util/flowcontrol/fairqueuing/queueset/{doc,queueset}.go, KEP-1040.
import { LinkedList } from '../../util/linked-list.ts'
import { type Decision, type FairQueue, type FlowRequest, serviceMsGuess } from './fair-queue.ts'
import { FairQueues } from './fair-queues.ts'
import type { RejectReason } from './flow-statistics.ts'
import { LevelObserver } from './level-observer.ts'

export type QueueSetShape =
  /** Nothing is ever refused. */
  | { readonly kind: 'exempt' }
  /** What finds no free seat is refused. */
  | { readonly kind: 'reject' }
  | { readonly kind: 'queue'; readonly queues: number; readonly handSize: number; readonly queueLengthLimit: number }

export interface QueueSetLimits {
  /** Seats that may be in use. */
  readonly seats: number
  /** What counts as full in metrics: `seats`, or something positive when there are none. */
  readonly denominator: number
}

/** Counters since the queue set began. */
export interface QueueSetTotals {
  dispatched: number
  rejected: number
  timedOut: number
  cancelled: number
}

/** Time comes in with each call: milliseconds of a monotonic clock, never going back. */
export class QueueSet {
  readonly observer: LevelObserver
  readonly totals: QueueSetTotals = { dispatched: 0, rejected: 0, timedOut: 0, cancelled: 0 }
  /** The progress meter, in seat-milliseconds per active queue. */
  currentR = 0
  requestsWaiting = 0
  requestsExecuting = 0
  seatsInUse = 0
  seatsWaiting = 0
  readonly executing = new LinkedList<FlowRequest>()
  #shape: QueueSetShape
  #limits: QueueSetLimits
  readonly #fair = new FairQueues()
  #activeQueues = 0
  #lastMs: number
  readonly #linger: (request: FlowRequest, ms: number) => void

  /** @param linger calls {@link release} with the request after so many milliseconds */
  constructor(shape: QueueSetShape, limits: QueueSetLimits, nowMs: number, linger: (request: FlowRequest, ms: number) => void) {
    this.#shape = shape
    this.#limits = limits
    this.#lastMs = nowMs
    this.#linger = linger
    this.observer = new LevelObserver()
    this.#fair.grow(this.#queuesWanted)
    this.#describeTo()
  }

  get queues(): readonly FairQueue[] {
    return this.#fair.all
  }

  get isIdle(): boolean {
    return this.requestsWaiting === 0 && this.requestsExecuting === 0
  }

  /** Requests go on as they are: queues that are too many take no new ones and vanish when they are empty. */
  configure(shape: QueueSetShape, limits: QueueSetLimits, nowMs: number): void {
    this.elapse(nowMs)
    this.#shape = shape
    this.#limits = limits
    this.#fair.grow(this.#queuesWanted)
    this.queues.filter((queue) => queue.isEmpty).forEach((queue) => this.#fair.dropIfSurplus(queue, this.#queuesWanted))
    this.#describeTo()
    this.#dispatch(nowMs)
  }

  /**
   * A request arrives. 'execute': it has its seats, and {@link finish} must follow. 'wait': its `decide` will be called.
   * Anything else: refused.
   */
  start(request: FlowRequest, nowMs: number): 'execute' | 'wait' | RejectReason {
    this.elapse(nowMs)
    request.arrivalR = this.currentR
    if (this.#shape.kind !== 'queue') {
      if (!this.#hasRoomFor(request.seats)) return this.#refuse(request, 'concurrency-limit')
      this.#execute(request, nowMs)
      return 'execute'
    }
    const queue = this.#fair.forRequest(request)
    if (this.seatsInUse >= this.#limits.seats && queue.length >= this.#shape.queueLengthLimit) return this.#refuse(request, 'queue-full')
    if (queue.isEmpty) {
      queue.nextDispatchR = this.currentR
      this.#activeQueues++
    }
    request.queue = queue
    if (this.requestsWaiting === 0 && this.seatsInUse < this.#limits.seats && this.#hasRoomFor(request.seats)) {
      request.flow.statistics.queueLengths.observe(1)
      queue.nextDispatchR = Math.max(queue.nextDispatchR, request.arrivalR)
      this.#fair.served(queue)
      this.#execute(request, nowMs)
      return 'execute'
    }
    this.#enqueue(request, queue)
    this.#dispatch(nowMs)
    return Number.isNaN(request.startMs) ? 'wait' : 'execute'
  }

  /** The handler is done. The request's seats are free now, or after its additional latency. */
  finish(request: FlowRequest, nowMs: number): void {
    this.elapse(nowMs)
    const { queue, flow, startMs, endMs } = request
    this.requestsExecuting--
    flow.statistics.requestsExecuting--
    this.executing.remove(request)
    if (queue) {
      queue.requestsExecuting--
      if (queue.isEmpty) this.#activeQueues--
      queue.nextDispatchR -= request.initialSeats * (serviceMsGuess - (endMs - startMs))
      bound(queue)
    }
    if (request.additionalLatencyMs > 0) this.#linger(request, request.additionalLatencyMs)
    else this.#free(request)
    this.#dispatch(nowMs)
  }

  /** The additional latency is over. */
  release(request: FlowRequest, nowMs: number): void {
    this.elapse(nowMs)
    this.#free(request)
    this.#dispatch(nowMs)
  }

  /** A waiting request is given up. Does nothing when it does not wait (any more). */
  eject(request: FlowRequest, reason: 'time-out' | 'cancelled', nowMs: number): void {
    const { queue, decide } = request
    if (!queue || !decide) return
    this.elapse(nowMs)
    this.#dequeue(request, queue)
    if (queue.isEmpty) {
      this.#activeQueues--
      this.#fair.dropIfSurplus(queue, this.#queuesWanted)
    } else bound(queue)
    this.#refuse(request, reason)
    this.#settle(request, reason)
    // What was behind it may be narrower.
    this.#dispatch(nowMs)
  }

  /** Gives up what has waited too long. @returns when to look again; undefined: nothing waits */
  expire(nowMs: number): number | undefined {
    let nextMs: number | undefined
    if (this.requestsWaiting === 0) return undefined
    // Others may start, and queues vanish, as some are given up.
    const waiting = this.queues.flatMap((queue) => [...queue])
    for (const request of waiting) {
      if (request.deadlineMs <= nowMs) this.eject(request, 'time-out', nowMs)
      else if (request.decide) nextMs = Math.min(nextMs ?? Infinity, request.deadlineMs)
    }
    return nextMs
  }

  /** Brings the progress meter and the observations up to now; before every change. */
  elapse(nowMs: number): void {
    const ms = nowMs - this.#lastMs
    if (ms <= 0) return
    this.#lastMs = nowMs
    const { observer } = this
    if (this.#activeQueues > 0) this.currentR += (Math.min(this.seatsInUse + this.seatsWaiting, this.#limits.seats) / this.#activeQueues) * ms
    observer.elapse(ms, this)
  }

  #enqueue(request: FlowRequest, queue: FairQueue): void {
    queue.push(request)
    this.requestsWaiting++
    this.seatsWaiting += request.seats
    const { statistics } = request.flow
    statistics.requestsWaiting++
    statistics.seatsWaiting += request.seats
    statistics.queueLengths.observe(queue.length)
    this.observer.demand.reached(this.seatsInUse + this.seatsWaiting)
    bound(queue)
  }

  #dequeue(request: FlowRequest, queue: FairQueue): void {
    queue.remove(request)
    this.requestsWaiting--
    this.seatsWaiting -= request.seats
    request.flow.statistics.requestsWaiting--
    request.flow.statistics.seatsWaiting -= request.seats
  }

  #dispatch(nowMs: number): void {
    while (this.requestsWaiting > 0 && this.seatsInUse < this.#limits.seats) {
      const request = this.#next()
      if (!request) return
      const queue = request.queue!
      this.#dequeue(request, queue)
      this.#fair.served(queue)
      this.#execute(request, nowMs)
      bound(queue)
      this.#settle(request, 'execute')
    }
  }

  /** Whose turn it is, if there are seats for it. */
  #next(): FlowRequest | undefined {
    const chosen = this.#fair.next()
    if (!chosen) return undefined
    if (this.#hasRoomFor(chosen.seats)) return chosen
    chosen.flow.statistics.noAccommodation++
    return undefined
  }

  #hasRoomFor(seats: number): boolean {
    if (this.#shape.kind === 'exempt') return true
    // A request that is wider than the level runs alone.
    if (seats > this.#limits.seats) return this.requestsExecuting === 0
    return this.seatsInUse + seats <= this.#limits.seats
  }

  #execute(request: FlowRequest, nowMs: number): void {
    const { queue, flow } = request
    if (request.finalSeats > this.#limits.seats && this.#limits.seats > 0 && queue) {
      // The same work with fewer seats takes longer.
      request.additionalLatencyMs *= request.finalSeats / this.#limits.seats
      request.finalSeats = this.#limits.seats
    }
    request.startMs = nowMs
    this.requestsExecuting++
    this.seatsInUse += request.seats
    this.executing.push(request)
    this.totals.dispatched++
    if (queue) {
      this.observer.dispatched(this.currentR, queue.nextDispatchR)
      queue.requestsExecuting++
      queue.seatsInUse += request.seats
      queue.nextDispatchR += request.work
    }
    const { statistics } = flow
    statistics.dispatched++
    statistics.requestsExecuting++
    statistics.seatsExecuting += request.seats
    this.observer.demand.reached(this.seatsInUse + this.seatsWaiting)
  }

  #free(request: FlowRequest): void {
    const { queue, flow, seats } = request
    this.seatsInUse -= seats
    flow.statistics.seatsExecuting -= seats
    if (!queue) return
    queue.seatsInUse -= seats
    if (queue.isEmpty) this.#fair.dropIfSurplus(queue, this.#queuesWanted)
  }

  #refuse(request: FlowRequest, reason: RejectReason): RejectReason {
    request.flow.statistics.reject(reason)
    this.totals.rejected++
    if (reason === 'time-out') this.totals.timedOut++
    if (reason === 'cancelled') this.totals.cancelled++
    return reason
  }

  #settle(request: FlowRequest, decision: Decision): void {
    const { decide } = request
    request.decide = undefined
    decide?.(decision)
  }

  get #queuesWanted(): number {
    return this.#shape.kind === 'queue' ? this.#shape.queues : 0
  }

  #describeTo(): void {
    const shape = this.#shape
    const capacity = shape.kind === 'queue' ? Math.max(1, shape.queueLengthLimit) * shape.queues : 1
    this.observer.scale({ executing: this.#limits.denominator, waiting: capacity })
  }
}

/** In the fair world nothing starts before it has come. */
function bound(queue: FairQueue): void {
  const { oldest } = queue
  if (oldest && queue.nextDispatchR < oldest.arrivalR) queue.nextDispatchR = oldest.arrivalR
}
