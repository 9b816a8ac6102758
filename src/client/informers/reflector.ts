// Mirrors one resource into a sink: the first state, then every change, over any number of broken requests.
//
// First state: a watch with sendInitialEvents streams the objects and closes them with an annotated bookmark; a server that
// refuses that is listed instead. Then one watch after the other, each from the last version seen. A version that the server
// has forgotten (410) means starting again with a first state, which the sink compares with what it has.
// Source: client-go tools/cache/reflector.go.
import type { KubeObject } from '../../api/object.ts'
import type { ResourceType } from '../../api/resources.ts'
import { ApiError, isGone, isInvalid } from '../../apimachinery/api-error.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import { type Rand, jitter } from '../../util/rand.ts'
import type { ListOptions, Reader, WatchEvent } from '../client.ts'

export interface ReflectorSink<T> {
  /** The complete state at some version. */
  replace(objects: readonly T[]): void
  apply(event: { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }): void
}

export type Narrowing = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>

export interface ReflectorOptions<T> {
  readonly client: Pick<Reader, 'list' | 'watch'>
  readonly resource: ResourceType<T>
  readonly narrowing: Narrowing
  readonly sink: ReflectorSink<T>
  readonly clock: Clock
  readonly rand: Rand
  readonly logger: Logger
}

/** client-go's backoff manager: 800 ms doubling to 30 s, forgotten after two quiet minutes. */
const backoffMsInitial = 800
const backoffMsMax = 30_000
const backoffResetMs = 120_000
/** A watch is renewed after 5 to 10 minutes, which spreads watches over servers. */
const watchSecondsMin = 300
/** Objects a page of a list that cannot be served from the watch cache. */
const pageSize = 500
/** A watch that ends at once without events hints at a broken server: wait before the next. */
const shortWatchMs = 1000

const initialEventsEnd = 'k8s.io/initial-events-end'

/** Mirrors until `signal` aborts, then resolves. */
export async function reflect<T extends KubeObject>(options: ReflectorOptions<T>, signal: AbortSignal): Promise<void> {
  await new Reflector(options).run(signal)
}

class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>
  /** Version of the last object or bookmark seen; undefined: a first state is needed. */
  #version: string | undefined
  /** The server has said that it cannot stream a first state. */
  #streamingRefused = false
  /** The next list must not be answered from a cache that may be behind what was seen before. */
  #listFresh = false
  #backoffMs = backoffMsInitial
  #lastFailureAt = -Infinity

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#version !== undefined) await this.#follow(signal)
        else if (this.#streamingRefused) await this.#list(signal)
        else await this.#stream(signal)
      } catch (error) {
        if (signal.aborted) return
        await this.#recover(error, signal)
      }
    }
  }

  /** First state and what follows in one watch. */
  async #stream(signal: AbortSignal): Promise<void> {
    const initial = new Map<string, T>()
    let complete = false
    for await (const event of this.#watch(signal, { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' })) {
      const { name, namespace = '' } = event.object.metadata
      if (complete) this.#deliver(event)
      else if (event.type === 'DELETED') initial.delete(`${namespace}/${name}`)
      else if (event.type !== 'BOOKMARK') initial.set(`${namespace}/${name}`, event.object)
      else if (event.object.metadata.annotations?.[initialEventsEnd] === 'true') {
        complete = true
        this.#replace([...initial.values()], event.object.metadata.resourceVersion)
        initial.clear()
      }
    }
    if (!complete) throw new Error('watch ended before the first state was complete')
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, resource, narrowing } = this.#options
    const items: T[] = []
    let token: string | undefined
    let version = ''
    do {
      const where = token ? { continue: token } : { resourceVersion: this.#listFresh ? '' : '0' }
      const page = await client.list(resource, { ...narrowing, ...where, limit: pageSize, signal })
      items.push(...page.items)
      version = page.metadata.resourceVersion
      token = page.metadata.continue
    } while (token)
    this.#replace(items, version)
  }

  /** One watch from the last version. */
  async #follow(signal: AbortSignal): Promise<void> {
    const startedAt = this.#options.clock.monotonic()
    let events = 0
    for await (const event of this.#watch(signal, { resourceVersion: this.#version! })) {
      events++
      this.#deliver(event)
    }
    if (!signal.aborted && events === 0 && this.#options.clock.monotonic() - startedAt < shortWatchMs) throw new Error('watch ended at once, without events')
  }

  #watch(signal: AbortSignal, options: object): AsyncIterable<WatchEvent<T>> {
    const { client, resource, narrowing, rand } = this.#options
    const timeoutSeconds = Math.floor(jitter(watchSecondsMin, 1, rand))
    return client.watch(resource, { ...narrowing, ...options, allowWatchBookmarks: true, timeoutSeconds }, signal)
  }

  #replace(objects: readonly T[], version: string): void {
    this.#options.sink.replace(objects)
    this.#version = version
    this.#listFresh = false
  }

  #deliver(event: WatchEvent<T>): void {
    if (event.type !== 'BOOKMARK') this.#options.sink.apply(event)
    this.#version = event.object.metadata.resourceVersion
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, rand, logger, resource } = this.#options
    if (this.#version === undefined) {
      // A list makes progress where streaming does not; a server that answers Invalid never streams.
      if (!this.#streamingRefused && isInvalid(error)) {
        this.#streamingRefused = true
        return
      }
      this.#listFresh ||= isGone(error)
    } else if (isGone(error) || (error instanceof ApiError && error.code !== 429 && error.code < 500)) {
      logger.debug('Watch cannot be resumed, starting again', { resource: resource.plural, reason: (error as ApiError).message })
      this.#version = undefined
      this.#listFresh = true
      if (isGone(error)) return
    }
    const now = clock.monotonic()
    if (now - this.#lastFailureAt > backoffResetMs) this.#backoffMs = backoffMsInitial
    this.#lastFailureAt = now
    logger.warn('List or watch failed, trying again', { resource: resource.plural, error: error instanceof Error ? error.message : String(error) })
    await clock.sleep(jitter(this.#backoffMs, 1, rand), signal).catch(() => {}) // aborted: the loop sees it
    this.#backoffMs = Math.min(this.#backoffMs * 2, backoffMsMax)
  }
}
