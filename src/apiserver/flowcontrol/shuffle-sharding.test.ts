import { expect, test } from 'vitest'
import { dealHand, dealingError, flowHash } from './shuffle-sharding.ts'

for (const { name, hash, deck, hand, cards } of [
  { name: 'all remainders 0: each is shifted past those before', hash: 0n, deck: 10, hand: 3, cards: [0, 1, 2] },
  // 7 = 7 + 10*0: the rest is 0.
  { name: '7, then the first two that are left', hash: 7n, deck: 10, hand: 3, cards: [7, 0, 1] },
  // 3 + 10*(3 + 9*(2)): remainders 3, 3, 2; 3 is taken, so the second 3 is card 4, and 2 stays.
  { name: 'a card that is gone is skipped', hash: 213n, deck: 10, hand: 3, cards: [3, 4, 2] },
  { name: 'the whole deck', hash: 5n, deck: 3, hand: 3, cards: [2, 1, 0] },
  { name: 'one queue', hash: 12_345n, deck: 1, hand: 1, cards: [0] },
] as const) {
  test(`a hand: ${name}`, () => expect(dealHand(hash, deck, hand)).toEqual(cards))
}

test('hands are sets of queues, spread over the deck', () => {
  const uses = Array.from({ length: 128 }, () => 0)
  for (let i = 0; i < 2000; i++) {
    const hand = dealHand(flowHash('service-accounts', `user-${i}`), 128, 6)
    expect(new Set(hand).size).toBe(6)
    for (const queue of hand) uses[queue]!++
  }
  // 2000 hands of 6 over 128 queues: 94 each on average.
  expect(Math.min(...uses)).toBeGreaterThan(50)
  expect(Math.max(...uses)).toBeLessThan(150)
})

test('flows with the same name in different schemas are different flows', () => {
  expect(flowHash('a', 'bc')).toBe(flowHash('a', 'bc'))
  expect(flowHash('a', 'bc')).not.toBe(flowHash('ab', 'c'))
})

for (const { deck, hand, error } of [
  { deck: 128, hand: 6, error: undefined },
  { deck: 0, hand: 1, error: 'deckSize 0 or handSize 1 is not positive' },
  { deck: 4, hand: 5, error: 'handSize 5 is greater than deckSize 4' },
  { deck: 2 ** 27, hand: 1, error: 'deckSize 134217728 is impractically large' },
  { deck: 512, hand: 8, error: 'required entropy bits of deckSize 512 and handSize 8 is greater than 60' },
] as const) {
  test(`a deck of ${deck}, hands of ${hand}: ${error ?? 'possible'}`, () => expect(dealingError(deck, hand)).toBe(error))
}
