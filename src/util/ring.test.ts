import { expect, test } from 'vitest'
import { Ring } from './ring.ts'

test('who came first leaves first', () => {
  const left: number[] = []
  const ring = new Ring<number>(3, (item) => left.push(item))
  for (let i = 1; i <= 3; i++) ring.add(i)
  expect(left).toEqual([])
  for (let i = 4; i <= 8; i++) ring.add(i)
  expect(left).toEqual([1, 2, 3, 4, 5])
})
