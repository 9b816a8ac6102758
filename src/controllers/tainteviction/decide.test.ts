import { expect, test } from 'vitest'
import type { Taint, Toleration } from '../../api/core/v1.ts'
import { toleratedMs } from './decide.ts'

const a: Taint = { key: 'a', effect: 'NoExecute' }
const b: Taint = { key: 'b', effect: 'NoExecute' }
const tolerating = (key: string, tolerationSeconds?: number): Toleration => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
})

for (const { name, taints, tolerations, expected } of [
  { name: 'no taint', taints: [], tolerations: [], expected: Infinity },
  { name: 'NoSchedule evicts nobody', taints: [{ key: 'a', effect: 'NoSchedule' } as Taint], tolerations: [], expected: Infinity },
  { name: 'not tolerated', taints: [a], tolerations: [], expected: 0 },
  { name: 'tolerated for good', taints: [a], tolerations: [tolerating('a')], expected: Infinity },
  { name: 'tolerated for a while', taints: [a], tolerations: [tolerating('a', 300)], expected: 300_000 },
  { name: 'the shortest counts', taints: [a, b], tolerations: [tolerating('a', 300), tolerating('b', 25)], expected: 25_000 },
  { name: 'one of two is not tolerated', taints: [a, b], tolerations: [tolerating('a')], expected: 0 },
  { name: 'below zero is at once', taints: [a], tolerations: [tolerating('a', -5)], expected: 0 },
  { name: 'for good and for a while: the while counts', taints: [a], tolerations: [tolerating('a'), tolerating('a', 5)], expected: 5000 },
]) {
  test(name, () => expect(toleratedMs(taints, tolerations)).toBe(expected))
}
