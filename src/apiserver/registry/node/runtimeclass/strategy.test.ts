// Expectations: pkg/apis/node/validation/validation.go (validateTolerations).
import { expect, test } from 'vitest'
import type { Toleration } from '../../../../api/core/v1.ts'
import { runtimeClassStrategy } from './strategy.ts'

test.each<[why: string, tolerations: readonly Toleration[], expected: readonly string[]]>([
  [
    'others',
    [
      { key: 'a', operator: 'Exists' },
      { key: 'a', operator: 'Exists', effect: 'NoExecute' },
    ],
    [],
  ],
  [
    'again, for another time',
    [
      { key: 'a', operator: 'Exists', effect: 'NoExecute' },
      { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 },
    ],
    ['scheduling.tolerations[1]'],
  ],
])('tolerations: %s', (_, tolerations, expected) => {
  const runtimeClass = { metadata: { name: 'r' }, handler: 'h', scheduling: { tolerations } }
  expect(runtimeClassStrategy.validate!({} as never, runtimeClass as never).map(({ field }) => field)).toEqual(expected)
})
