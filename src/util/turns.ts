// Turns of the event loop for work that is done in parts. One part a turn, whosever it is: if each of a hundred requests went on in
// every turn, others would wait for a hundred parts.

/** In the order of arrival. */
let waiting: (() => void)[] = []
let first = 0

/** Resolves in a turn that nobody else has got. */
export function nextTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (waiting.push(resolve) === 1) setImmediate(giveTurn)
  return promise
}

function giveTurn(): void {
  waiting[first++]!()
  if (first < waiting.length) {
    setImmediate(giveTurn)
    if (first < 1000) return
    waiting = waiting.slice(first)
  } else waiting = []
  first = 0
}
