// How busy a priority level was over time. Every span between two changes is counted with its length, in nanoseconds: the same
// as observing at the end of every nanosecond. Source: k8s.io/apiserver pkg/util/flowcontrol/metrics/{metrics,timing_ratio_histogram}.go.
import { HistogramCell } from '../../component-base/metrics/registry.ts'
import { Integrator } from './integrator.ts'

/** Upstream's buckets. */
const seatBounds = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1]
const requestBounds = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 1]
const demandBounds = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.7, 2, 2.8, 4, 6]
const nsPerMs = 1e6

/** What is looked at. */
interface ObservedLevel {
  readonly requestsWaiting: number
  readonly requestsExecuting: number
  readonly seatsInUse: number
  readonly seatsWaiting: number
}

export class LevelObserver {
  /** Seats in use and wanted. */
  readonly demand = new Integrator()
  readonly seatUtilization = new HistogramCell(seatBounds)
  readonly requestsExecuting = new HistogramCell(requestBounds)
  readonly requestsWaiting = new HistogramCell(requestBounds)
  readonly demandRatio = new HistogramCell(demandBounds)
  /** Progress meter and fair start at the newest dispatch. */
  dispatchR = 0
  latestS = 0
  #executingMax = 1
  #waitingMax = 1

  /** What counts as full. */
  scale({ executing, waiting }: { readonly executing: number; readonly waiting: number }): void {
    this.#executingMax = executing
    this.#waitingMax = waiting
  }

  dispatched(currentR: number, fairStart: number): void {
    this.dispatchR = currentR
    this.latestS = fairStart
  }

  /** The level has been as it is for `ms`. */
  elapse(ms: number, { requestsWaiting, requestsExecuting, seatsInUse, seatsWaiting }: ObservedLevel): void {
    const ns = ms * nsPerMs
    const demand = seatsInUse + seatsWaiting
    this.demand.elapse(demand, ms)
    this.seatUtilization.observe(seatsInUse / this.#executingMax, ns)
    this.requestsExecuting.observe(requestsExecuting / this.#executingMax, ns)
    this.requestsWaiting.observe(requestsWaiting / this.#waitingMax, ns)
    this.demandRatio.observe(demand / this.#executingMax, ns)
  }
}
