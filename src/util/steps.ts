// Work that can be put down between two of its steps: it computes and awaits nothing, and whoever does it decides whether others get their
// turn of the event loop meanwhile. A generator that yields now and then.
import { nextTurn } from './turns.ts'
import { type Clock, systemClock } from './clock.ts'

/** Yields between steps of a millisecond or a few; returns what comes of it. */
export type Steps<T> = Generator<void, T, void>

/** Of a turn. What else a turn holds comes on top. */
const turnMsMax = 10

/** Does it all at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Does it with turns of the event loop in between: small work in one go. */
export async function inTurns<T>(steps: Steps<T>, clock: Pick<Clock, 'monotonic'> = systemClock): Promise<T> {
  for (;;) {
    const endMs = clock.monotonic() + turnMsMax
    do {
      const step = steps.next()
      if (step.done) return step.value
    } while (clock.monotonic() < endMs)
    await nextTurn()
  }
}

/** As `items.flatMap(make)`, where each item takes steps. */
export function* flatMapSteps<T, R>(items: readonly T[], make: (item: T, index: number) => Steps<readonly R[]>): Steps<R[]> {
  const made: R[] = []
  for (const [index, item] of items.entries()) made.push(...(yield* make(item, index)))
  return made
}

/** As `items.map(make)`, where each item takes steps. */
export function* mapSteps<T, R>(items: readonly T[], make: (item: T, index: number) => Steps<R>): Steps<R[]> {
  const made: R[] = []
  for (const [index, item] of items.entries()) made.push(yield* make(item, index))
  return made
}
