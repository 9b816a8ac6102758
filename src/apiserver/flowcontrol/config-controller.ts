// Keeps flow control as the objects say, and says in every FlowSchema whether its priority level exists.
// Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go (Run, syncOne, digestConfigObjects).
import type { FlowSchema } from '../../api/flowcontrol/v1.ts'
import { flowSchemas, priorityLevelConfigurations } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import type { InformerFactory } from '../../client/informers/informer.ts'
import { workOff } from '../../client/workqueue/work-off.ts'
import { WorkQueue } from '../../client/workqueue/work-queue.ts'
import type { Logger } from '../../component-base/logger.ts'
import { type Clock, formatTime } from '../../util/clock.ts'
import type { Rand } from '../../util/rand.ts'
import type { StatusUpdate } from './configuration.ts'
import type { FlowControl } from './flow-control.ts'
import { isSame } from './same-spec.ts'

export interface ConfigControllerOptions {
  readonly control: FlowControl
  readonly client: Pick<Client, 'patch'>
  readonly informers: InformerFactory
  readonly clock: Clock
  readonly rand: Rand
  readonly logger: Logger
}

const fieldManager = 'api-priority-and-fairness-config-consumer-v1'
/** Seats are lent and borrowed this often. */
const adjustEveryMs = 10_000
/** Of one flow schema in a minute: servers that disagree must not write for ever. */
const updatesPerMinuteMax = 6
const minuteMs = 60_000

/** There is one piece of work: to digest everything. */
type Key = 'configuration'

export class ConfigController {
  readonly #options: ConfigControllerOptions
  readonly #queue: WorkQueue<Key>
  readonly #levels
  readonly #schemas
  /** Flow schema -> when its status was written, in the last minute. */
  readonly #updates = new Map<string, number[]>()

  constructor(options: ConfigControllerOptions) {
    const { control, informers, clock } = options
    this.#options = options
    this.#queue = new WorkQueue<Key>({ clock, backoffMsInitial: 200, backoffMsMax: 60_000 })
    this.#levels = informers.for(priorityLevelConfigurations)
    this.#schemas = informers.for(flowSchemas)
    const changed = () => this.#queue.add('configuration')
    // Statuses of levels say nothing that matters here; those of schemas are this controller's own work.
    this.#levels.addHandler({ add: changed, update: (old, now) => void (isSame(old.spec, now.spec) || changed()), delete: changed })
    this.#schemas.addHandler({
      add: changed,
      update: (old, now) => void (isSame([old.spec, old.status], [now.spec, now.status]) || changed()),
      delete: changed,
    })
    control.onDrained(changed)
  }

  /** Resolves when what is stored is in force; for readiness. */
  async started(signal: AbortSignal): Promise<void> {
    await this.#options.informers.synced(signal, new Set([this.#levels, this.#schemas]))
    this.#digest()
  }

  async run(signal: AbortSignal): Promise<void> {
    const handle = async () => (this.#isSynced ? this.#writeStatuses(this.#digest(), signal) : 0)
    const failed = (error: unknown) => this.#options.logger.error('Flow schemas could not be told whether their priority levels exist', error)
    await Promise.all([workOff(this.#queue, { handle, failed }, signal), this.#adjust(signal)])
  }

  async #adjust(signal: AbortSignal): Promise<void> {
    const { clock, control } = this.#options
    while (!signal.aborted) {
      await clock.sleep(adjustEveryMs, signal).catch(() => {})
      if (!signal.aborted) control.adjustLimits()
    }
  }

  get #isSynced(): boolean {
    return this.#levels.hasSynced() && this.#schemas.hasSynced()
  }

  #digest(): readonly StatusUpdate[] {
    return this.#options.control.configure(this.#levels.lister.all(), this.#schemas.lister.all())
  }

  /** @returns after how many milliseconds the rest is to be written; 0: there is none */
  async #writeStatuses(updates: readonly StatusUpdate[], signal: AbortSignal): Promise<number> {
    const { client, clock, rand } = this.#options
    let delayMs = 0
    for (const { flowSchema, condition } of updates) {
      if (!this.#mayUpdate(flowSchema)) {
        delayMs ||= 30_000 + rand() * 45_000
        continue
      }
      const conditions = [{ ...condition, lastTransitionTime: formatTime(clock.now()) }]
      const patch = { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema', metadata: { name: flowSchema }, status: { conditions } }
      try {
        await client.patch<FlowSchema>(
          flowSchemas,
          { name: flowSchema },
          { type: 'apply', patch, force: true },
          { fieldManager, subresource: 'status', signal },
        )
      } catch (error) {
        // Deleted meanwhile: its event is on the way.
        if (!isNotFound(error)) throw error
      }
    }
    return delayMs
  }

  #mayUpdate(name: string): boolean {
    const now = this.#options.clock.now()
    for (const [each, times] of this.#updates) {
      const recent = times.filter((time) => now - time < minuteMs)
      if (recent.length > 0) this.#updates.set(each, recent)
      else this.#updates.delete(each)
    }
    const times = this.#updates.get(name) ?? []
    if (times.length >= updatesPerMinuteMax) return false
    this.#updates.set(name, [...times, now])
    return true
  }
}
