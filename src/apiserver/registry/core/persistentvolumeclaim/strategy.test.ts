import { expect, test } from 'vitest'
import type { PersistentVolumeClaim } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
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
  ['a selector of everything is another than none', claim({ selector: {} }), claim(), ['spec']],
  ['an empty list is no other than none', claim({ selector: { matchExpressions: [] } }), claim({ selector: {} }), []],
])('%s', (_, now, old, fields) => {
  expect(validateClaimUpdate(now, old).map(({ field }) => field)).toEqual(fields)
})

const applied = { phase: 'Bound', currentVolumeAttributesClassName: 'gold' }
const classed = (name: string | undefined, status: object) => claim(name === undefined ? {} : { volumeAttributesClassName: name }, status)
const refusal = (what: string) => [
  `spec.volumeAttributesClassName: Forbidden: update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`,
]

test.each<[why: string, now: Claim, old: Claim, expected: readonly string[]]>([
  ['a class that was never applied may go', classed(undefined, bound), classed('gold', bound), []],
  ['an applied one may be replaced', classed('silver', applied), classed('gold', applied), []],
  ['but not taken away', classed(undefined, applied), classed('gold', applied), refusal('nil')],
  ['nor emptied', classed('', applied), classed('gold', applied), refusal('empty string')],
])('%s', (_, now, old, expected) => expect(validateClaimUpdate(now, old).map(fieldErrorMessage)).toEqual(expected))

test('the class of the annotation stays, under the name that upstream gives the annotation', () => {
  const [old, now] = [claim(), claim()]
  now.metadata.annotations = { 'volume.beta.kubernetes.io/storage-class': 'x' }
  expect(validateClaimUpdate(now, old).map(fieldErrorMessage)).toEqual([
    'metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: "x": field is immutable',
  ])
})

test('what has changed is shown as Go writes JSON', () => {
  const named = (name: string) => claim({ dataSourceRef: { kind: 'PersistentVolumeClaim', name } })
  expect(fieldErrorMessage(validateClaimUpdate(named('a&b'), named('a'))[0]!)).toContain('+  "Name": "a\\u0026b",')
})

test('an update is checked as a whole and as a change', () => {
  const bad = claim({ storageClassName: 'x', accessModes: [] })
  expect(validateClaimUpdate(bad, bad).map(({ field }) => field)).toEqual(['spec.accessModes', 'spec.accessModes'])
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
