import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { nextTurn } from './turns.ts'

test('each turn is given to one, in the order of arrival', async () => {
  const order: string[] = []
  const work = async (name: string) => {
    for (let part = 1; part <= 2; part++) {
      await nextTurn()
      order.push(name + part)
    }
  }
  const all = Promise.all(['a', 'b', 'c'].map(work))
  const seen: number[] = []
  for (let turn = 0; turn < 6; turn++) {
    await eventLoopTurn()
    seen.push(order.length)
  }
  await all
  expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2'])
  expect(Math.max(...seen.map((count, i) => count - (seen[i - 1] ?? 0)))).toBe(1)
})

test('thousands wait, and none is forgotten', async () => {
  let given = 0
  await Promise.all(
    Array.from({ length: 2500 }, async () => {
      await nextTurn()
      given++
    }),
  )
  await nextTurn()
  expect(given).toBe(2500)
})
