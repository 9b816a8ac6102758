import type { Clock } from '../util/clock.ts'

/**
 * Requests under way when the process is told to end have so long to be answered. Without a limit a server that says nothing would keep
 * it until the connection is found to be dead, three quarters of a minute.
 */
const finishMs = 3_000

/** Closes all when it is disposed of, or else some seconds after `signal` aborted. An open connection keeps the process alive. */
export function closedInTime(signal: AbortSignal, clock: Pick<Clock, 'after'>, ...connections: readonly { close(): void }[]): Disposable {
  const close = () => connections.forEach((each) => each.close())
  const ending = () => void clock.after(finishMs, close)
  if (signal.aborted) ending()
  else signal.addEventListener('abort', ending, { once: true })
  return {
    [Symbol.dispose]() {
      signal.removeEventListener('abort', ending)
      close()
    },
  }
}
