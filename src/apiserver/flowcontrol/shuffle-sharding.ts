// Shuffle sharding: every flow has a small hand of queues out of the whole deck. Two flows rarely have the same hand, so a flow
// that fills all of its queues leaves nearly every other flow a queue that is its own.
// Source: k8s.io/apiserver pkg/util/shufflesharding/dealer.go, pkg/util/flowcontrol/apf_controller.go (hashFlowID).
import { createHash } from 'node:crypto'

/** Upstream's limit: the entropy that a hand may need of a 64-bit hash. */
const hashBitsMax = 60
const deckSizeMax = 1 << 26

/** Why no hands can be dealt; undefined: they can. */
export function dealingError(deckSize: number, handSize: number): string | undefined {
  if (deckSize <= 0 || handSize <= 0) return `deckSize ${deckSize} or handSize ${handSize} is not positive`
  if (handSize > deckSize) return `handSize ${handSize} is greater than deckSize ${deckSize}`
  if (deckSize > deckSizeMax) return `deckSize ${deckSize} is impractically large`
  const bits = Math.ceil(Math.log2(deckSize) * handSize)
  if (bits > hashBitsMax) return `required entropy bits of deckSize ${deckSize} and handSize ${handSize} is greater than ${hashBitsMax}`
  return undefined
}

/** 64 bits that name a flow. */
export function flowHash(flowSchema: string, distinguisher: string): bigint {
  return createHash('sha256').update(flowSchema).update('\0').update(distinguisher).digest().readBigUInt64LE()
}

/** The hand of a flow: `handSize` different queues out of [0, deckSize). */
export function dealHand(hash: bigint, deckSize: number, handSize: number): readonly number[] {
  const remainders: number[] = []
  let rest = hash
  for (let i = 0; i < handSize; i++) {
    const left = BigInt(deckSize - i)
    remainders.push(Number(rest % left))
    rest /= left
  }
  // A remainder counts only the cards still in the deck: shift it past those that were dealt before.
  return remainders.map((remainder, i) => {
    let card = remainder
    for (let j = i - 1; j >= 0; j--) if (card >= remainders[j]!) card++
    return card
  })
}
