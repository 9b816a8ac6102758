import { expect, test } from 'vitest'
import { allocate, type Claim } from './concurrency-allocation.ts'

const claim = (target: number, min: number, max: number): Claim => ({ target, min, max })

for (const { name, sum, claims, seats, fraction } of [
  { name: 'no bound matters: in proportion to targets', sum: 60, claims: [claim(10, 0, 100), claim(20, 0, 100)], seats: [20, 40], fraction: 2 },
  { name: 'a maximum is reached: the other takes the rest', sum: 60, claims: [claim(10, 0, 15), claim(20, 0, 100)], seats: [15, 45], fraction: 2.25 },
  // At 0.5 the first would get 5, and keeps 8: the others share 22 of 40.
  { name: 'a minimum holds', sum: 30, claims: [claim(10, 8, 100), claim(40, 0, 100)], seats: [8, 22], fraction: 0.55 },
  { name: 'exactly the minima', sum: 12, claims: [claim(10, 4, 100), claim(20, 8, 100)], seats: [4, 8], fraction: 0.4 },
  { name: 'exactly the maxima', sum: 30, claims: [claim(5, 0, 10), claim(5, 0, 20)], seats: [10, 20], fraction: 4 },
  { name: 'who wants nothing leaves it to others', sum: 50, claims: [claim(0, 0, 100), claim(50, 0, 100)], seats: [0.001, 49.999], fraction: 1 },
  { name: 'nothing to divide', sum: 0, claims: [claim(5, 0, 10)], seats: [0], fraction: 0 },
  // 50 for three: 36 stays, 4 is all the second may have, and the third gets half of its 20.
  { name: 'both kinds of bounds at once', sum: 50, claims: [claim(40, 36, 100), claim(10, 0, 4), claim(20, 0, 100)], seats: [36, 4, 10], fraction: 0.5 },
] as const) {
  test(`division of seats: ${name}`, () => {
    const result = allocate(sum, claims)!
    expect(result.fairFraction).toBeCloseTo(fraction, 2)
    for (const [i, each] of seats.entries()) expect(result.seats[i]).toBeCloseTo(each, 2)
    expect(result.seats.reduce((a, b) => a + b)).toBeCloseTo(sum, 5)
  })
}

test('bounds that leave no room have no answer', () => {
  expect(allocate(5, [claim(10, 8, 10)])).toBeUndefined()
  expect(allocate(50, [claim(10, 0, 10)])).toBeUndefined()
  expect(allocate(-1, [])).toBeUndefined()
  expect(allocate(5, [claim(1, 3, 10)])).toBeUndefined()
})
