// Expectations: pkg/apis/storage/validation/validation.go and ValidateUpdate of pkg/registry/storage/*/strategy.go.
import { expect, test } from 'vitest'
import { fieldErrorMessage } from '../../../apimachinery/field-errors.ts'
import type { Strategy } from '../generic/strategy.ts'
import { csiDriverStrategy } from './csidriver/strategy.ts'
import { csiNodeStrategy } from './csinode/strategy.ts'
import { storageClassStrategy } from './storageclass/strategy.ts'
import { volumeAttachmentStrategy } from './volumeattachment/strategy.ts'
import { volumeAttributesClassStrategy } from './volumeattributesclass/strategy.ts'

const context = {} as never
const driver = { attachRequired: true, podInfoOnMount: false, storageCapacity: false, volumeLifecycleModes: ['Persistent'] }
const storageClass = { provisioner: 'a/b', reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }
const attachment = { spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'v' } } }
const oneOfAll = 'Unsupported value: "X": supported values: "Delete", "Retain"'
const immutable = 'field is immutable'

test.each<[why: string, strategy: Strategy<never>, object: object, expected: readonly string[]]>([
  [
    'names of provisioners are shown in lower case',
    storageClassStrategy,
    { ...storageClass, provisioner: 'A/-' },
    [expect.stringContaining('provisioner: Invalid value: "a/-": name part must consist')],
  ],
  [
    'an empty mode is not an absent one',
    storageClassStrategy,
    { ...storageClass, reclaimPolicy: '', volumeBindingMode: '' },
    ['volumeBindingMode: Unsupported value: "": supported values: "Immediate", "WaitForFirstConsumer"'],
  ],
  [
    'a topology that says nothing',
    storageClassStrategy,
    { ...storageClass, allowedTopologies: [{}] },
    ['allowedTopologies[0].matchLabelExpressions: Duplicate value: ""'],
  ],
  [
    'topologies in another order are the same',
    storageClassStrategy,
    {
      ...storageClass,
      allowedTopologies: [
        ['a', 'b'],
        ['b', 'a'],
      ].map((values) => ({ matchLabelExpressions: [{ key: 'zone', values }] })),
    },
    ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
  ],
  [
    'an audience that comes again is not looked at further',
    csiDriverStrategy,
    { spec: { ...driver, tokenRequests: [{ audience: 'a' }, { audience: 'a', expirationSeconds: 1 }] } },
    ['spec.tokenRequests[1].audience: Duplicate value: "a"'],
  ],
  [
    'a name that comes again is told before the keys',
    csiNodeStrategy,
    {
      spec: {
        drivers: [
          { name: 'a', nodeID: 'n', topologyKeys: null },
          { name: 'a', nodeID: 'n', topologyKeys: ['z', 'z'] },
        ],
      },
    },
    ['spec.drivers[1].name: Duplicate value: "a"', 'spec.drivers[1]: Duplicate value: "z"'],
  ],
])('%s', (_, strategy, object, expected) => expect(strategy.validate!(context, object as never).map(fieldErrorMessage)).toEqual(expected))

test.each<[why: string, strategy: Strategy<never>, object: object, old: object, expected: readonly string[]]>([
  [
    'a class is looked at as a whole',
    storageClassStrategy,
    { ...storageClass, reclaimPolicy: 'X' },
    storageClass,
    [`reclaimPolicy: ${oneOfAll}`, `reclaimPolicy: Invalid value: "X": ${immutable}`],
  ],
  [
    'a class of attributes is looked at as a whole twice',
    volumeAttributesClassStrategy,
    { driverName: '', parameters: { a: 'b' } },
    { driverName: 'a', parameters: { a: 'b' } },
    ['driverName: Required value', 'driverName: Forbidden: updates to driverName are forbidden.', 'driverName: Required value'],
  ],
  [
    'a driver is looked at before what changed',
    csiDriverStrategy,
    { spec: { ...driver, fsGroupPolicy: 'X', attachRequired: false } },
    { spec: driver },
    [
      'spec.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      `spec.attachedRequired: Invalid value: false: ${immutable}`,
    ],
  ],
  [
    'drivers of a node are looked at twice',
    csiNodeStrategy,
    { spec: { drivers: [{ name: 'a', nodeID: '' }] } },
    { spec: { drivers: [] } },
    Array(2).fill('spec.drivers[0].nodeID: Required value'),
  ],
])('update: %s', (_, strategy, object, old, expected) =>
  expect(strategy.validateUpdate!(context, object as never, old as never).map(fieldErrorMessage)).toEqual(expected),
)

test.each<[why: string, status: object, expected: string]>([
  ['an error is short', { attachError: { message: 'x'.repeat(1025) } }, 'status.attachError.message: Too long: may not be more than 262144 bytes'],
  [
    'a code is not negative',
    { detachError: { errorCode: -1 } },
    'status.detachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
  ],
  ['what is reported is small', { attachmentMetadata: { a: 'x'.repeat(262_144) } }, 'status.attachmentMetadata: Too long: may not be more than 262144 bytes'],
])('status of an attachment: %s', (_, status, expected) => {
  const check = volumeAttachmentStrategy.subresources!['status']!.validateUpdate!
  expect(check(context, { ...attachment, status } as never, attachment as never).map(fieldErrorMessage)).toEqual([expected, expected])
})

test('whether pods wait for a driver is not stored, unless it is there already', () => {
  const given = () => ({ metadata: {}, spec: { ...driver, preventPodSchedulingIfMissing: true } }) as never
  const [first, second, third] = [given(), given(), given()]
  csiDriverStrategy.prepareForCreate!(context, first)
  csiDriverStrategy.prepareForUpdate!(context, second, { metadata: {}, spec: driver } as never)
  csiDriverStrategy.prepareForUpdate!(context, third, given())
  expect([first, second, third].map(({ spec }) => Object.hasOwn(spec, 'preventPodSchedulingIfMissing'))).toEqual([false, false, true])
})
