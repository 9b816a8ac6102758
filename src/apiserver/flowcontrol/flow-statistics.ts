// What is counted of each pair of flow schema and priority level.
import { HistogramCell } from '../../component-base/metrics/registry.ts'

export type RejectReason = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled'

/** Upstream's buckets. */
const durationBounds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]
const queueLengthBounds = [0, 10, 25, 50, 100, 250, 500, 1000]
const watchCountBounds = [0, 1, 10, 100, 1000, 10_000]
const seatBounds = [1, 2, 4, 10]

export class FlowStatistics {
  readonly flowSchema: string
  readonly priorityLevel: string
  dispatched = 0
  readonly rejected = new Map<RejectReason, number>()
  noAccommodation = 0
  requestsWaiting = 0
  seatsWaiting = 0
  requestsExecuting = 0
  seatsExecuting = 0
  /** Seconds in a queue of requests that were executed in the end, and of others. */
  readonly waited = { executed: new HistogramCell(durationBounds), rejected: new HistogramCell(durationBounds) }
  /** Seconds; of a watch only its beginning. */
  readonly executed = { regular: new HistogramCell(durationBounds), watch: new HistogramCell(durationBounds) }
  readonly queueLengths = new HistogramCell(queueLengthBounds)
  readonly watchCounts = new HistogramCell(watchCountBounds)
  readonly seats = new HistogramCell(seatBounds)

  constructor(flowSchema: string, priorityLevel: string) {
    this.flowSchema = flowSchema
    this.priorityLevel = priorityLevel
  }

  get isIdle(): boolean {
    return this.requestsWaiting === 0 && this.requestsExecuting === 0
  }

  reject(reason: RejectReason): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1)
  }

  watchCount(count: number): void {
    this.watchCounts.observe(count)
  }
}
