import { expect, test } from 'vitest'
import { FakeClock } from '../util/fake/clock.ts'
import { closedInTime } from './closed-in-time.ts'

function connection() {
  const state = { closed: false, close: () => void (state.closed = true) }
  return state
}

test('connections are closed at the end of what needs them', () => {
  const [a, b] = [connection(), connection()]
  {
    using _closed = closedInTime(new AbortController().signal, new FakeClock(), a, b)
    expect([a.closed, b.closed]).toEqual([false, false])
  }
  expect([a.closed, b.closed]).toEqual([true, true])
})

test.each([{ when: 'before' }, { when: 'afterwards' }])('three seconds after the process was told to end, $when', async ({ when }) => {
  const clock = new FakeClock()
  const ending = new AbortController()
  const open = connection()
  if (when === 'before') ending.abort()
  using _closed = closedInTime(ending.signal, clock, open)
  if (when === 'afterwards') ending.abort()
  await clock.advance(2_999)
  expect(open.closed).toBe(false)
  await clock.advance(1)
  expect(open.closed).toBe(true)
})
