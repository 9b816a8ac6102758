// API Priority and Fairness: who may be served now, who waits, who is refused. README.md explains the ideas.
//
// This class is the state and its changes; it knows neither HTTP nor the API. Requests come from the filter, objects from the
// configuration controller. Nothing here awaits.
// Source: k8s.io/apiserver pkg/util/flowcontrol/{apf_controller,apf_filter}.go.
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/flowcontrol/v1.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock, Timer } from '../../util/clock.ts'
import type { UserInfo } from '../authn/user.ts'
import type { RequestInfo } from '../http/api-request.ts'
import { mandatoryPriorityLevels } from './bootstrap-objects.ts'
import { Classifier } from './classifier.ts'
import { allocate } from './concurrency-allocation.ts'
import { digest, isMandatory, type LevelSpec, levelSpecOf, type StatusUpdate } from './configuration.ts'
import { type Decision, FlowRequest } from './fair-queue.ts'
import { FlowSchemaEntry } from './flow-schema.ts'
import { FlowStatistics } from './flow-statistics.ts'
import { Lingering } from './lingering.ts'
import { PriorityLevel } from './priority-level.ts'
import { WatchTracker } from './watch-tracker.ts'
import { type ResourceStats, WorkEstimator } from './work-estimator.ts'

export interface FlowControlOptions {
  /** Seats of all levels together: --max-requests-inflight + --max-mutating-requests-inflight. */
  readonly seats: number
  /** undefined for resources that are not stored here. */
  readonly statsOf: (info: RequestInfo) => ResourceStats | undefined
  readonly clock: Clock
  readonly logger: Logger
  /** Calls back when the event loop has done what it has at hand. */
  readonly afterTurn?: (fn: () => void) => void
}

/** A request that has been classified: `decided` at once, or later through `decide` (see {@link FlowControl.wait}). */
export interface Admission {
  readonly schema: FlowSchemaEntry
  readonly request: FlowRequest
  readonly decision: Decision | 'wait'
}

/** A timer for what has waited too long is not set more finely. */
const expiryMsMin = 50
/**
 * While requests wait, a level gives back so many seats in one turn of the event loop: what starts then is some 30 ms of work, and
 * sockets are read before more of it.
 */
const seatsPerTurn = 32

export class FlowControl {
  readonly watches = new WatchTracker()
  /** `flowSchema/priorityLevel` -> its numbers. */
  readonly statistics = new Map<string, FlowStatistics>()
  /** Of the last adjustment of limits. */
  fairFraction = 0
  readonly #options: FlowControlOptions
  readonly #estimator: WorkEstimator
  readonly #lingering: Lingering
  #levels = new Map<string, PriorityLevel>()
  #classifier!: Classifier
  #nominalSum = 0
  /** Levels with seats to give back. */
  readonly #givingBack = new Set<PriorityLevel>()
  #expiry: { readonly atMs: number; readonly timer: Timer } | undefined
  #onDrained: () => void = () => {}

  constructor(options: FlowControlOptions) {
    this.#options = options
    this.#lingering = new Lingering(options.clock)
    this.#estimator = new WorkEstimator({ statsOf: options.statsOf, interestedWatches: (info) => this.watches.interested(info) })
    this.configure([], [])
  }

  get levels(): Iterable<PriorityLevel> {
    return this.#levels.values()
  }

  /** Called when a level that is no longer wanted has answered its last request: time to {@link configure} again. */
  onDrained(fn: () => void): void {
    this.#onDrained = fn
  }

  /**
   * Classifies a request and asks for its seats. After 'execute' {@link done} must follow.
   * @param query of the request, asked for only if it matters
   * @param waitMsMax how long it may wait in a queue
   */
  admit(info: RequestInfo, user: UserInfo, query: () => URLSearchParams, waitMsMax: number): Admission {
    const schema = this.#classifier.classify(info, user)
    const { level } = schema
    const flow = schema.flowOf(info, user)
    const estimate = this.#estimator.estimate(info, query, level, flow.statistics)
    const nowMs = this.#options.clock.monotonic()
    const request = new FlowRequest(flow, info, user, estimate, nowMs, waitMsMax)
    flow.statistics.seats.observe(request.seats)
    const decision = level.queueSet.start(request, nowMs)
    if (decision === 'execute') {
      if (!level.isExempt) flow.statistics.waited.executed.observe(0)
    } else if (decision === 'wait') this.#expireAt(request.deadlineMs)
    else this.#refused(schema, request, nowMs)
    return { schema, request, decision }
  }

  /** Resolves with what becomes of a request whose admission said 'wait'. */
  wait({ schema, request }: Admission, signal: AbortSignal): Promise<Decision> {
    const { clock } = this.#options
    const { promise, resolve } = Promise.withResolvers<Decision>()
    const cancel = () => schema.level.queueSet.eject(request, 'cancelled', clock.monotonic())
    request.decide = (decision) => {
      signal.removeEventListener('abort', cancel)
      const nowMs = clock.monotonic()
      if (decision === 'execute') request.flow.statistics.waited.executed.observe((nowMs - request.arrivalMs) / 1000)
      else this.#refused(schema, request, nowMs)
      resolve(decision)
    }
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    return promise
  }

  /**
   * The handler is done. The seats are given back when the event loop has turned: in a process with one thread a request that
   * never waits is done before the next one is seen, and the level would never be full however many come.
   */
  done({ schema, request }: Admission): void {
    const nowMs = this.#options.clock.monotonic()
    const { executed } = request.flow.statistics
    request.endMs = nowMs
    executed[request.info.verb === 'watch' ? 'watch' : 'regular'].observe((nowMs - request.startMs) / 1000)
    if (schema.level.isExempt) return schema.level.queueSet.finish(request, nowMs)
    schema.level.finished.push(request)
    if (this.#givingBack.size === 0) this.#afterTurn(() => this.#giveBack())
    this.#givingBack.add(schema.level)
  }

  /** For an answer that is still being sent: like {@link done} when the returned function is called, or after `msMax`. */
  doneLater(admission: Admission, msMax: number): () => void {
    const timer = this.#options.clock.after(msMax, () => finish())
    let isDone = false
    const finish = () => {
      if (isDone) return
      isDone = true
      timer.cancel()
      this.done(admission)
    }
    return finish
  }

  /** Takes over a new configuration. @returns what to say in the status of flow schemas */
  configure(levelObjects: readonly PriorityLevelConfiguration[], schemaObjects: readonly FlowSchema[]): readonly StatusUpdate[] {
    const { clock, logger, seats } = this.#options
    const { levels, brokenLevels, schemas, statusUpdates } = digest(levelObjects, schemaObjects)
    for (const { name, error } of brokenLevels) logger.warn('Ignoring a broken PriorityLevelConfiguration', { name, error })
    const nowMs = clock.monotonic()
    const next = new Map(levels.map((spec) => [spec.name, this.#level(spec, nowMs)]))
    this.#keepOld(next)
    for (const object of mandatoryPriorityLevels) {
      if (!next.has(object.metadata.name!)) next.set(object.metadata.name!, this.#level(levelSpecOf(object) as LevelSpec, nowMs))
    }
    const shareSum = [...next.values()].reduce((sum, { spec }) => sum + spec.shares, 0)
    this.#nominalSum = 0
    for (const level of next.values()) {
      level.setLimits(seats, shareSum)
      this.#nominalSum += level.nominalSeats
    }
    this.#levels = next
    this.adjustLimits()
    this.#classifier = new Classifier(schemas.map((spec) => new FlowSchemaEntry(spec, next.get(spec.level)!, this.#statisticsOf(spec.name, spec.level))))
    this.#forgetStatistics()
    return statusUpdates
  }

  /** Divides the seats anew by what each level wanted since the last time: levels lend and borrow. */
  adjustLimits(): void {
    const nowMs = this.#options.clock.monotonic()
    const levels = [...this.#levels.values()]
    const claims = levels.map((level) => {
      level.updateDemand(nowMs)
      const min = Math.max(level.minSeats, Math.min(level.nominalSeats, level.demand.highWatermark))
      level.demand.target = Math.max(min, level.demand.smoothed)
      return { min, max: level.maxSeats, target: level.demand.target }
    })
    const allocation = allocate(this.#nominalSum, claims)
    if (allocation) this.fairFraction = allocation.fairFraction
    else this.#options.logger.warn('No division of seats fits the bounds of the priority levels; they keep what they have')
    for (const [i, level] of levels.entries()) {
      level.currentSeats = allocation ? Math.round(allocation.seats[i]!) : level.currentSeats
      const denominator = level.currentSeats > 0 ? level.currentSeats : Math.max(1, Math.round(this.#options.seats / 10))
      level.queueSet.configure(level.spec.shape, { seats: level.currentSeats, denominator }, nowMs)
    }
  }

  #level(spec: LevelSpec, nowMs: number): PriorityLevel {
    const known = this.#levels.get(spec.name)
    if (known) {
      known.spec = spec
      known.quiescing = false
      return known
    }
    const level: PriorityLevel = new PriorityLevel(spec, nowMs, (request, ms) =>
      this.#lingering.after(ms, () => {
        level.queueSet.release(request, this.#options.clock.monotonic())
        this.#noteDrained(level)
      }),
    )
    return level
  }

  /** Levels whose objects are gone stay as long as they have requests, mandatory ones for ever. */
  #keepOld(next: Map<string, PriorityLevel>): void {
    for (const [name, level] of this.#levels) {
      if (next.has(name)) continue
      if (!isMandatory(name)) {
        if (level.queueSet.isIdle) continue
        level.quiescing = true
      }
      next.set(name, level)
    }
  }

  #statisticsOf(flowSchema: string, level: string): FlowStatistics {
    const key = `${flowSchema}/${level}`
    let statistics = this.statistics.get(key)
    if (!statistics) this.statistics.set(key, (statistics = new FlowStatistics(flowSchema, level)))
    return statistics
  }

  #forgetStatistics(): void {
    const used = new Set(this.#classifier.schemas.map(({ spec }) => `${spec.name}/${spec.level}`))
    for (const [key, statistics] of this.statistics) if (!used.has(key) && statistics.isIdle) this.statistics.delete(key)
  }

  #refused({ level }: FlowSchemaEntry, request: FlowRequest, nowMs: number): void {
    level.retryAfter.record(this.#options.clock.now())
    request.flow.statistics.waited.rejected.observe((nowMs - request.arrivalMs) / 1000)
    this.#noteDrained(level)
  }

  #afterTurn(fn: () => void): void {
    const { afterTurn = (each) => void setImmediate(each) } = this.#options
    afterTurn(fn)
  }

  #giveBack(): void {
    const nowMs = this.#options.clock.monotonic()
    for (const level of this.#givingBack) {
      const { finished, queueSet } = level
      let seats = 0
      let count = 0
      for (; count < finished.length && (seats < seatsPerTurn || queueSet.requestsWaiting === 0); count++) {
        seats += finished[count]!.seats
        queueSet.finish(finished[count]!, nowMs)
      }
      finished.splice(0, count)
      if (finished.length === 0) this.#givingBack.delete(level)
      this.#noteDrained(level)
    }
    if (this.#givingBack.size > 0) this.#afterTurn(() => this.#giveBack())
  }

  #noteDrained(level: PriorityLevel): void {
    if (level.quiescing && level.queueSet.isIdle) this.#onDrained()
  }

  /** Sees to it that what has waited too long is refused; one timer serves all that wait. */
  #expireAt(atMs: number): void {
    if (this.#expiry && this.#expiry.atMs <= atMs) return
    this.#expiry?.timer.cancel()
    const { clock } = this.#options
    const timer = clock.after(Math.max(expiryMsMin, atMs - clock.monotonic()), () => {
      this.#expiry = undefined
      const nowMs = clock.monotonic()
      let next = Infinity
      for (const level of this.#levels.values()) next = Math.min(next, level.queueSet.expire(nowMs) ?? Infinity)
      if (next < Infinity) this.#expireAt(next)
    })
    this.#expiry = { atMs, timer }
  }
}
