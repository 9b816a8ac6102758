// One metadata informer per resource that can be listed, watched and deleted; custom resources come and go.
import type { KubeObject } from '../../api/object.ts'
import type { ResourceType } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import type { EventHandler } from '../../client/informers/informer.ts'
import { newInformer } from '../../client/informers/shared-informer.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { Rand } from '../../util/rand.ts'
import { discover } from '../framework/discovery.ts'

export interface MonitorsOptions {
  readonly client: Pick<Client, 'raw'>
  /** Its reads bring metadata only. */
  readonly metadataClient: Pick<Client, 'list' | 'watch'>
  readonly clock: Clock
  readonly rand: Rand
  readonly logger: Logger
  readonly handlerFor: (resource: ResourceType<KubeObject>) => EventHandler<KubeObject>
}

interface Monitor {
  readonly stop: AbortController
  readonly running: Promise<void>
  readonly synced: Promise<void>
}

/** Events come in masses, own nothing, and expire by themselves. Upstream's ignored resources. */
const isIgnored = ({ group, plural }: ResourceType<unknown>) => plural === 'events' && (group === '' || group === 'events.k8s.io')

export class Monitors {
  readonly #options: MonitorsOptions
  readonly #monitors = new Map<string, Monitor>()
  /** `group/Kind` -> resource: how a reference finds its object. */
  #kinds = new Map<string, ResourceType<KubeObject>>()

  constructor(options: MonitorsOptions) {
    this.#options = options
  }

  resourceOf(group: string, kind: string): ResourceType<KubeObject> | undefined {
    return this.#kinds.get(`${group}/${kind}`)
  }

  /** Starts informers of new resources and stops those of vanished ones. @throws {Error} when discovery fails */
  async sync(signal: AbortSignal): Promise<void> {
    const { resources, failures } = await discover(this.#options.client)
    this.#kinds = new Map(resources.map(({ type }) => [`${type.group}/${type.kind}`, type]))
    const wanted = resources.filter(({ type, verbs }) => ['list', 'watch', 'delete'].every((verb) => verbs.has(verb)) && !isIgnored(type))
    const keys = new Set(wanted.map(({ type }) => keyOf(type)))
    for (const { type } of wanted) if (!this.#monitors.has(keyOf(type))) this.#start(type, signal)
    // While a group cannot be asked, nothing is known of it: its monitors stay.
    if (failures.length > 0) return
    for (const [key, monitor] of this.#monitors) {
      if (keys.has(key)) continue
      monitor.stop.abort()
      this.#monitors.delete(key)
      await monitor.running
    }
  }

  async synced(): Promise<void> {
    await Promise.all(Array.from(this.#monitors.values(), (monitor) => monitor.synced))
  }

  async stopped(): Promise<void> {
    await Promise.all(Array.from(this.#monitors.values(), (monitor) => monitor.running))
  }

  #start(resource: ResourceType<KubeObject>, signal: AbortSignal): void {
    const { metadataClient: client, clock, rand, logger, handlerFor } = this.#options
    const informer = newInformer(resource, { client, clock, rand, logger })
    informer.addHandler(handlerFor(resource))
    const stop = new AbortController()
    const until = AbortSignal.any([signal, stop.signal])
    // A monitor that is stopped needs nobody to wait for it.
    const synced = informer.synced(until).catch(() => {})
    this.#monitors.set(keyOf(resource), { stop, running: informer.run(until), synced })
  }
}

const keyOf = ({ apiVersion, plural }: ResourceType<unknown>) => `${apiVersion}/${plural}`
