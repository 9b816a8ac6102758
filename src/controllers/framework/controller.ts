// The loop that all controllers share. Informers turn changes into keys, a workqueue makes each key unique and hands it to one
// worker at a time, reconcile reads the world again and moves it towards what is wanted. Level, not edge: a key carries no news.
import { isConflict } from '../../apimachinery/api-error.ts'
import type { Informer, InformerFactory } from '../../client/informers/informer.ts'
import type { QueueMetrics } from '../../client/workqueue/queue-metrics.ts'
import { WorkQueue } from '../../client/workqueue/work-queue.ts'
import type { Component } from '../../component-base/component.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import { type Result, TerminalError } from './result.ts'

/** Where keys come from. Made by {@link onChange}. */
export interface Watch {
  start(enqueue: (key: string) => void): () => void
}

type Keys = string | undefined | readonly string[]

/** Enqueues what `keys` says of an object, at each change; of an update, the keys of both states. */
export function onChange<T>(informer: Informer<T>, keys: (object: T) => Keys): Watch {
  return {
    start(enqueue) {
      const all = (object: T) => {
        const found = keys(object)
        if (typeof found === 'string') enqueue(found)
        else found?.forEach(enqueue)
      }
      return informer.addHandler({
        add: all,
        update(old, object) {
          if (old !== object) all(old)
          all(object)
        },
        delete: all,
      })
    },
  }
}

/** Enqueues what `keys` says of an object that has gone: for those that only wait for its end. */
export function onDelete<T>(informer: Informer<T>, keys: (object: T) => string | undefined): Watch {
  return {
    start: (enqueue) =>
      informer.addHandler({
        delete(object) {
          const key = keys(object)
          if (key !== undefined) enqueue(key)
        },
      }),
  }
}

export interface ControllerSpec {
  readonly watches: readonly Watch[]
  /**
   * Brings the object of `key` closer to what is wanted. Called for one key by one worker at a time; it may be gone.
   * @throws {TerminalError} when trying again is of no use; anything else is tried again with backoff
   */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Result>
  /** Keys worked on at the same time. Upstream's usual 5. */
  readonly workers?: number
}

export interface Controller extends Component {
  /** Asks for a reconcile, at once or after `ms`. For what does not come from an informer. */
  enqueue(key: string, afterMs?: number): void
}

interface Dependencies {
  readonly informers: Pick<InformerFactory, 'synced'>
  readonly clock: Clock
  readonly logger: Logger
  /** What queues count, by their name. */
  readonly queueMetrics?: ((name: string) => QueueMetrics) | undefined
}

export function controller(
  name: string,
  { informers, clock, logger, queueMetrics }: Dependencies,
  { watches, reconcile, workers = 5 }: ControllerSpec,
): Controller {
  const queue = new WorkQueue<string>({ clock, ...(queueMetrics ? { metrics: queueMetrics(name) } : {}) })
  const log = logger.with({ controller: name })

  async function work(signal: AbortSignal): Promise<void> {
    for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
      if (!signal.aborted) await reconcileKey(key, signal)
      queue.done(key)
    }
  }

  /** The one place that knows what follows from a reconcile's outcome. */
  async function reconcileKey(key: string, signal: AbortSignal): Promise<void> {
    try {
      const result = await reconcile(key, signal)
      queue.forget(key)
      if (result.kind === 'requeue') queue.addAfter(key, result.afterMs)
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof TerminalError) {
        log.error('Reconcile failed for good', error, { key })
        queue.forget(key)
      } else {
        if (isConflict(error)) log.debug('Object changed meanwhile, trying again', { key })
        else log.error('Reconcile failed, trying again', error, { key, retries: queue.retries(key) })
        queue.addRateLimited(key)
      }
    }
  }

  return {
    name,
    enqueue(key, afterMs = 0) {
      queue.addAfter(key, afterMs)
    },
    async run(signal) {
      const stops = watches.map((watch) => watch.start((key) => queue.add(key)))
      const abort = () => queue.shutDown()
      signal.addEventListener('abort', abort, { once: true })
      try {
        if (signal.aborted) queue.shutDown()
        else await informers.synced(signal).catch(() => {}) // aborted: workers end at once
        log.debug('Caches are filled, working')
        await Promise.all(Array.from({ length: workers }, () => work(signal)))
      } finally {
        for (const stop of stops) stop()
      }
    },
  }
}
