import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TurnBudget } from './turn-budget.ts'

function budget() {
  const clock = { nowMs: 0, monotonic: () => clock.nowMs }
  const turns = new TurnBudget(clock)
  const begun: string[] = []
  const run = (name: string, tookMs: number) =>
    turns.run(() => {
      begun.push(name)
      clock.nowMs += tookMs
    })
  return { run, begun }
}

test('what arrives in one turn is begun at once, until the turn has had its share', async () => {
  const { run, begun } = budget()
  for (const [name, tookMs] of [
    ['a', 10],
    ['b', 10],
    ['c', 10],
    ['d', 10],
    ['e', 1],
  ] as const)
    run(name, tookMs)
  expect(begun).toEqual(['a', 'b'])
  await nextTurn()
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
  await nextTurn()
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('nobody overtakes those that wait', async () => {
  const { run, begun } = budget()
  for (const name of ['a', 'b', 'c', 'd']) run(name, 20)
  await nextTurn()
  run('late', 0)
  expect(begun).toEqual(['a', 'b'])
  while (begun.length < 5) await nextTurn()
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'late'])
})

test('a request alone is begun at once, in every turn', async () => {
  const { run, begun } = budget()
  for (const name of ['a', 'b', 'c']) {
    run(name, 100)
    expect(begun.at(-1)).toBe(name)
    await nextTurn()
  }
})
