import type { Node } from '../api/core/v1.ts'
import type { Informer } from '../client/informers/informer.ts'
import { WorkQueue } from '../client/workqueue/work-queue.ts'
import type { Logger } from '../component-base/logger.ts'
import type { Clock } from '../util/clock.ts'

/** Somebody else may remove a route or a rule; this is how long that lasts at most. */
const resyncMs = 60_000
const backoffMsMax = 30_000

const everything = 'nodes'

/**
 * Calls `reconcile` whenever a node changed and every minute, one call at a time, again with growing delays after a failure.
 * Resolves when `signal` aborts.
 */
export async function reconcileOnNodeChanges(
  { nodes, clock, logger }: { readonly nodes: Informer<Node>; readonly clock: Clock; readonly logger: Logger },
  reconcile: (nodes: readonly Node[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const queue = new WorkQueue<typeof everything>({ clock, backoffMsInitial: 100, backoffMsMax })
  const enqueue = () => queue.add(everything)
  const removeHandler = nodes.addHandler({ add: enqueue, update: enqueue, delete: enqueue })
  const stop = () => queue.shutDown()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    while ((await queue.get()) !== undefined) {
      try {
        // Before the first list is complete, a node not yet seen would look like one that is gone.
        if (nodes.hasSynced()) await reconcile(nodes.lister.all())
        queue.forget(everything)
        queue.addAfter(everything, nodes.hasSynced() ? resyncMs : 100)
      } catch (error) {
        logger.error('Node network could not be brought up to date', error)
        queue.addRateLimited(everything)
      } finally {
        queue.done(everything)
      }
    }
  } finally {
    signal.removeEventListener('abort', stop)
    removeHandler()
  }
}
