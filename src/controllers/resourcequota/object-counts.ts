// Informers, mostly of metadata, of resources that some quota counts, started when the first does. Most clusters count few resources, and what
// is not counted costs nothing. Source: pkg/controller/resourcequota/resource_quota_monitor.go.
import type { KubeObject } from '../../api/object.ts'
import type { ResourceType } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import type { Lister } from '../../client/informers/informer.ts'
import { type RunnableInformer, newInformer } from '../../client/informers/shared-informer.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { Rand } from '../../util/rand.ts'
import { discover } from '../framework/discovery.ts'

/** Discovery is believed this long. Upstream's value. */
const discoveryMs = 30_000
/** How long a recount waits for a resource that was not counted before. It is tried again. */
const syncMs = 30_000

export interface ObjectCountsOptions {
  readonly client: Pick<Client, 'raw'>
  /** What reads a resource: metadata only, where nothing else counts. */
  readonly readerOf: (resource: ResourceType<KubeObject>) => Pick<Client, 'list' | 'watch'>
  readonly clock: Clock
  readonly rand: Rand
  readonly logger: Logger
  readonly onDelete: (resource: ResourceType<KubeObject>, object: KubeObject) => void
}

interface Monitor {
  readonly informer: RunnableInformer<KubeObject>
  readonly stop: AbortController
  readonly running: Promise<void>
}

export class ObjectCounts {
  readonly #options: ObjectCountsOptions
  readonly #monitors = new Map<string, Monitor>()
  #resources: readonly ResourceType<KubeObject>[] = []
  #discoveredAt = -Infinity
  #discovering: Promise<void> | undefined

  constructor(options: ObjectCountsOptions) {
    this.#options = options
  }

  /** Namespaced resources that can be created, listed, watched and deleted. @throws {Error} when discovery fails */
  async resources(): Promise<readonly ResourceType<KubeObject>[]> {
    if (this.#options.clock.monotonic() - this.#discoveredAt > discoveryMs) {
      this.#discovering ??= this.#discover().finally(() => (this.#discovering = undefined))
      await this.#discovering
    }
    return this.#resources
  }

  /** A full cache of the resource, kept until `signal`, the controller's own, aborts. @throws {Error} when it cannot be filled in time */
  async listerOf(resource: ResourceType<KubeObject>, signal: AbortSignal): Promise<Lister<KubeObject>> {
    const { informer, stop } = this.#monitors.get(keyOf(resource)) ?? this.#start(resource, signal)
    const waiting = new AbortController()
    const timer = this.#options.clock.after(syncMs, () => waiting.abort(new Error(`could not list ${resource.plural} in time`)))
    try {
      await informer.synced(AbortSignal.any([signal, stop.signal, waiting.signal]))
    } finally {
      timer.cancel()
    }
    return informer.lister
  }

  /** After the signal that was given to {@link listerOf} has aborted. */
  async stopped(): Promise<void> {
    await Promise.all(Array.from(this.#monitors.values(), (monitor) => monitor.running))
  }

  async #discover(): Promise<void> {
    const { client, clock } = this.#options
    const { resources, failures } = await discover(client)
    const usable = resources.filter(({ type, verbs }) => type.namespaced && ['create', 'list', 'watch', 'delete'].every((verb) => verbs.has(verb)))
    this.#resources = usable.map(({ type }) => type)
    this.#discoveredAt = clock.monotonic()
    // While a group cannot be asked, nothing is known of it: its monitors stay.
    if (failures.length > 0) return
    const served = new Set(this.#resources.map(keyOf))
    for (const [key, { stop }] of this.#monitors) {
      if (served.has(key)) continue
      stop.abort()
      this.#monitors.delete(key)
    }
  }

  #start(resource: ResourceType<KubeObject>, signal: AbortSignal): Monitor {
    const { readerOf, clock, rand, logger, onDelete } = this.#options
    const informer = newInformer(resource, { client: readerOf(resource), clock, rand, logger })
    informer.addHandler({ delete: (object) => onDelete(resource, object) })
    const stop = new AbortController()
    const monitor = { informer, stop, running: informer.run(AbortSignal.any([signal, stop.signal])) }
    this.#monitors.set(keyOf(resource), monitor)
    return monitor
  }
}

const keyOf = ({ apiVersion, plural }: ResourceType<unknown>) => `${apiVersion}/${plural}`
