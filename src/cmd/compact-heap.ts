// Gives back what a start leaves behind. Compiling and the first lists make garbage that a process which then does little
// would keep for hours: V8 collects when the heap grows, and it no longer does.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** One full collection: some 30 ms for a node's agent. */
export function compactHeap(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
