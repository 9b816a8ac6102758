// Labels of nodes that have another name today are warned of wherever nodes are chosen by them; each kind says so in its own form.
import { expect, test } from 'vitest'
import type { RuntimeClass } from '../../../api/node/v1.ts'
import type { CSIStorageCapacity, StorageClass } from '../../../api/storage/v1.ts'
import type { RequestContext } from '../generic/strategy.ts'
import { runtimeClassStrategy } from '../node/runtimeclass/strategy.ts'
import { csiStorageCapacityStrategy } from '../storage/csistoragecapacity/strategy.ts'
import { storageClassStrategy } from '../storage/storageclass/strategy.ts'

const context = {} as RequestContext
const os = 'beta.kubernetes.io/os'
const why = 'deprecated since v1.14; use "kubernetes.io/os" instead'

test('RuntimeClasses', () => {
  const named = { handler: 'h', scheduling: { nodeSelector: { a: 'b', [os]: 'linux' } } } as unknown as RuntimeClass
  expect(runtimeClassStrategy.warningsOnCreate!(context, named)).toEqual([`scheduling.nodeSelector: ${why}`])
  expect(runtimeClassStrategy.warningsOnUpdate!(context, named, named)).toEqual([`scheduling.nodeSelector: ${why}`])
  expect(runtimeClassStrategy.warningsOnCreate!(context, { handler: 'h' } as RuntimeClass)).toEqual([])
})

test('CSIStorageCapacities', () => {
  const nodeTopology = {
    matchLabels: { a: 'b', [os]: 'linux' },
    matchExpressions: [
      { key: 'a', operator: 'Exists' },
      { key: os, operator: 'Exists' },
    ],
  }
  const capacity = { storageClassName: 's', nodeTopology } as unknown as CSIStorageCapacity
  const expected = [`nodeTopology.matchExpressions[1].key: ${os} is ${why}`, `nodeTopology.matchLabels.${os}: ${why}`]
  expect(csiStorageCapacityStrategy.warningsOnCreate!(context, capacity)).toEqual(expected)
  expect(csiStorageCapacityStrategy.warningsOnUpdate!(context, capacity, capacity)).toEqual(expected)
  expect(csiStorageCapacityStrategy.warningsOnCreate!(context, { storageClassName: 's' } as CSIStorageCapacity)).toEqual([])
})

test('StorageClasses', () => {
  const allowedTopologies = [
    {},
    {
      matchLabelExpressions: [
        { key: 'a', values: ['b'] },
        { key: os, values: ['linux'] },
      ],
    },
  ]
  const storageClass = { provisioner: 'p', allowedTopologies } as unknown as StorageClass
  expect(storageClassStrategy.warningsOnCreate!(context, storageClass)).toEqual([`allowedTopologies[1].matchLabelExpressions[1].key: ${why}`])
})
