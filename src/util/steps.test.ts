import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { finish, flatMapSteps, inTurns, mapSteps, type Steps } from './steps.ts'

/** Counts up, a step each. */
function* count(to: number, done: () => void = () => {}): Steps<number> {
  for (let i = 0; i < to; i++) {
    done()
    yield
  }
  return to
}

test('all at once', () => {
  expect(finish(count(3))).toBe(3)
  expect(finish(mapSteps([1, 2], (item) => count(item)))).toEqual([1, 2])
  expect(
    finish(
      flatMapSteps([2, 3], function* (item, i) {
        return [i, yield* count(item)]
      }),
    ),
  ).toEqual([0, 2, 1, 3])
})

test('others have their turns while it goes on', async () => {
  // A clock that goes on by 4 ms whenever it is read: three steps make a turn.
  let nowMs = 0
  const clock = { monotonic: () => (nowMs += 4) }
  let steps = 0
  const seen: number[] = []
  const counted = inTurns(
    count(10, () => steps++),
    clock,
  )
  for (let i = 0; i < 5; i++) {
    seen.push(steps)
    await nextTurn()
  }
  expect(await counted).toBe(10)
  expect(seen[0]).toBeLessThan(10)
  expect(new Set(seen).size).toBeGreaterThan(2)
})

test('what is thrown in a step comes out', async () => {
  const failing = function* (): Steps<void> {
    yield
    throw new Error('no')
  }
  expect(() => finish(failing())).toThrow('no')
  await expect(inTurns(failing())).rejects.toThrow('no')
})
