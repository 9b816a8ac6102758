// A single worker of a queue: what follows from each outcome, for whoever needs no more than that.
import type { WorkQueue } from './work-queue.ts'

export interface Work<K> {
  /** @returns after how many milliseconds the key is to be looked at again; 0: only when it is added again */
  readonly handle: (key: K) => Promise<number>
  /** An error of `handle`: the key is tried again later. */
  readonly failed: (error: unknown, key: K) => void
}

/** Takes one key after the other until `signal` aborts: the queue is shut down then. */
export async function workOff<K>(queue: WorkQueue<K>, { handle, failed }: Work<K>, signal: AbortSignal): Promise<void> {
  signal.addEventListener('abort', () => queue.shutDown(), { once: true })
  if (signal.aborted) queue.shutDown()
  for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
    try {
      const againMs = await handle(key)
      queue.forget(key)
      if (againMs > 0) queue.addAfter(key, againMs)
    } catch (error) {
      if (signal.aborted) return
      failed(error, key)
      queue.addRateLimited(key)
    } finally {
      queue.done(key)
    }
  }
}
