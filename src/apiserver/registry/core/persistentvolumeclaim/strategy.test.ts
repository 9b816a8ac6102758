import { expect, test } from 'vitest'
import type { PersistentVolumeClaim } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { validateClaimUpdate } from './validate.ts'
import { persistentVolumeClaimStrategy as strategy } from './strategy.ts'

type Claim = Mutable<PersistentVolumeClaim>

function claim(spec: object = {}, status: object = { phase: 'Pending' }): Claim {
  const given = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, volumeMode: 'Filesystem', ...spec }
  return { metadata: { name: 'c' }, spec: given, status } as unknown as Claim
}

const storage = (amount: string) => ({ resources: { requests: { storage: amount } } })
const bound = { phase: 'Bound', capacity: { storage: '1Gi' } }

test.each<[why: string, now: Claim, old: Claim, fields: readonly string[]]>([
  ['the volume is named once', claim({ volumeName: 'v' }), claim(), []],
  ['and not again', claim({ volumeName: 'w' }), claim({ volumeName: 'v' }), ['spec']],
  ['a class may be filled in', claim({ storageClassName: 'fast' }), claim(), []],
  ['a bound claim grows', claim(storage('3Gi'), bound), claim({}, bound), []],
  ['an unbound one does not', claim(storage('3Gi')), claim(), ['spec']],
  ['a failed growth may be taken back, down to what there is', claim(storage('1536Mi'), bound), claim({}, bound), []],
  ['not below', claim(storage('1Gi'), bound), claim({}, bound), ['spec.resources.requests.storage']],
])('%s', (_, now, old, fields) => {
  expect(validateClaimUpdate(now, old).map(({ field }) => field)).toEqual(fields)
})

test.each<[why: string, spec: object, expected: object]>([
  [
    'a claim as a source is said both ways',
    { dataSource: { kind: 'PersistentVolumeClaim', name: 'a' } },
    { dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'a' } },
  ],
  ['anything else there is ignored, as ever', { dataSource: { kind: 'Thing', name: 'a' } }, { dataSource: undefined }],
  [
    'a reference may be to anything',
    { dataSourceRef: { apiGroup: 'x.example', kind: 'Thing', name: 'a' } },
    { dataSource: { apiGroup: 'x.example', kind: 'Thing', name: 'a' } },
  ],
])('%s', (_, spec, expected) => {
  const object = claim(spec)
  strategy.prepareForCreate!({} as never, object)
  expect({ dataSource: undefined, ...object.spec }).toMatchObject(expected)
})
