// One priority level at work: its queues, how many seats it may use, and what its demand was.
// Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go (priorityLevelState).
import type { LevelSpec } from './configuration.ts'
import type { FlowRequest } from './fair-queue.ts'
import { QueueSet } from './queue-set.ts'
import { RetryAfter } from './retry-after.ts'

/** Half of what was smoothed has decayed after five minutes of adjustments. */
const smoothing = 0.977
/** The widest request takes this share of a level. */
const requestShareMax = 0.15

/** Seats that a level wanted, over the last adjustment period. */
export interface SeatDemand {
  average: number
  deviation: number
  highWatermark: number
  /** Follows a rise at once and a fall slowly. */
  smoothed: number
  /** What the level asked for in the last adjustment. */
  target: number
}

export class PriorityLevel {
  spec: LevelSpec
  readonly queueSet: QueueSet
  readonly retryAfter = new RetryAfter()
  readonly demand: SeatDemand = { average: 0, deviation: 0, highWatermark: 0, smoothed: 0, target: 0 }
  /** Requests whose handlers are done and whose seats are not free yet, oldest first. */
  readonly finished: FlowRequest[] = []
  /** Its object is gone: it lives until its last request has been answered. */
  quiescing = false
  /** Its share of the server. */
  nominalSeats = 0
  /** What is left when it has lent all it lends. */
  minSeats = 0
  /** What it has when it has borrowed all it may. */
  maxSeats = 0
  /** What it may use now. */
  currentSeats = 0
  /** undefined: no limit of its own. */
  seatsPerRequestMax: number | undefined

  constructor(spec: LevelSpec, nowMs: number, linger: (request: FlowRequest, ms: number) => void) {
    this.spec = spec
    this.queueSet = new QueueSet(spec.shape, { seats: 0, denominator: 1 }, nowMs, linger)
  }

  get name(): string {
    return this.spec.name
  }

  get isExempt(): boolean {
    return this.spec.shape.kind === 'exempt'
  }

  /** @param serverSeats of all levels together; @param shareSum of all levels */
  setLimits(serverSeats: number, shareSum: number): void {
    const { shares, lendablePercent, borrowingLimitPercent, shape } = this.spec
    const nominal = shareSum > 0 ? Math.ceil((serverSeats * shares) / shareSum) : 0
    const borrowable = borrowingLimitPercent === undefined ? serverSeats : Math.round((nominal * borrowingLimitPercent) / 100)
    this.nominalSeats = nominal
    this.minSeats = nominal - Math.round((nominal * lendablePercent) / 100)
    this.maxSeats = nominal + borrowable
    this.seatsPerRequestMax =
      shape.kind === 'queue' ? Math.max(1, Math.min(Math.ceil(nominal * requestShareMax), Math.floor(nominal / shape.handSize))) : undefined
  }

  /** Reads the demand since the last call. */
  updateDemand(nowMs: number): void {
    const { queueSet, demand } = this
    queueSet.elapse(nowMs)
    const { elapsedMs, average, deviation, max } = queueSet.observer.demand.reset(queueSet.seatsInUse + queueSet.seatsWaiting)
    demand.highWatermark = max
    if (elapsedMs <= 0) return
    demand.average = average
    demand.deviation = deviation
    const envelope = average + deviation
    demand.smoothed = Math.max(envelope, smoothing * demand.smoothed + (1 - smoothing) * envelope)
  }
}
