// A flow schema at work: which requests it takes, and which flow of it each belongs to.
import type { UserInfo } from '../authn/user.ts'
import type { RequestInfo } from '../http/api-request.ts'
import type { SchemaSpec } from './configuration.ts'
import type { Flow } from './fair-queue.ts'
import type { FlowStatistics } from './flow-statistics.ts'
import type { PriorityLevel } from './priority-level.ts'
import { dealHand, flowHash } from './shuffle-sharding.ts'

/** Flows whose hands are remembered, per schema: a hand is a hash and some divisions of large numbers. */
const flowsMax = 4096

export class FlowSchemaEntry {
  readonly spec: SchemaSpec
  readonly level: PriorityLevel
  /** Of every answer. UIDs: the names that administrators give are nobody's business. */
  readonly headers: Readonly<Record<string, string>>
  readonly #statistics: FlowStatistics
  readonly #flows = new Map<string, Flow>()

  constructor(spec: SchemaSpec, level: PriorityLevel, statistics: FlowStatistics) {
    this.spec = spec
    this.level = level
    this.headers = { 'x-kubernetes-pf-flowschema-uid': spec.uid, 'x-kubernetes-pf-prioritylevel-uid': level.spec.uid }
    this.#statistics = statistics
  }

  /** The flow of a request that this schema has taken. */
  flowOf(info: RequestInfo, user: UserInfo): Flow {
    const distinguisher = this.#distinguisher(info, user)
    const known = this.#flows.get(distinguisher)
    if (known) return known
    const { shape } = this.level.spec
    const hash = shape.kind === 'queue' && shape.queues > 1 ? flowHash(this.spec.name, distinguisher) : 0n
    const flow: Flow = {
      flowSchema: this.spec.name,
      distinguisher,
      hand: shape.kind === 'queue' ? dealHand(hash, shape.queues, shape.handSize) : [],
      statistics: this.#statistics,
    }
    if (this.#flows.size >= flowsMax) this.#flows.clear()
    this.#flows.set(distinguisher, flow)
    return flow
  }

  #distinguisher(info: RequestInfo, user: UserInfo): string {
    const { shape } = this.level.spec
    if (shape.kind !== 'queue' || shape.queues <= 1) return ''
    if (this.spec.distinguisher === 'ByUser') return user.name
    return this.spec.distinguisher === 'ByNamespace' ? info.namespace : ''
  }
}
