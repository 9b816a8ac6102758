import { expect, test } from 'vitest'
import { FakeClock } from '../../../util/fake/clock.ts'
import { Deadlines } from './deadlines.ts'

test('each ends when its own time is over, unless it was cancelled', async () => {
  const clock = new FakeClock()
  const deadlines = new Deadlines(clock, 1000)
  const ended: string[] = []
  const begin = (name: string) => deadlines.begin(() => ended.push(name))
  begin('a')
  await clock.advance(400)
  const b = begin('b')
  begin('c')
  await clock.advance(599)
  expect(ended).toEqual([])
  await clock.advance(1)
  expect(ended).toEqual(['a'])
  b.cancel()
  await clock.advance(400)
  expect(ended).toEqual(['a', 'c'])
  await clock.advance(5000)
  begin('d')
  await clock.advance(1000)
  expect(ended).toEqual(['a', 'c', 'd'])
})
