// Expectations: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeSpec), pkg/registry/core/persistentvolume/strategy.go.
import { expect, test } from 'vitest'
import type { PersistentVolume } from '../../../../api/core/v1.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { persistentVolumeStrategy as strategy } from './strategy.ts'

const context = {} as never
const volume = (spec: object, name = 'v'): PersistentVolume =>
  ({ metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...spec } }) as unknown as PersistentVolume
const onCreate = (spec: object, name?: string) => strategy.validate!(context, volume(spec, name)).map(fieldErrorMessage)
const iscsi = { targetPortal: '10.0.0.1:3260', iqn: 'iqn.2015-02.example.com:test', lun: 0 }
const long = 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'

test.each<[why: string, spec: object, expected: readonly string[]]>([
  ['iSCSI', { iscsi }, []],
  ['a target has a form', { iscsi: { ...iscsi, iqn: 'x' } }, ['spec.iscsi.iqn: Invalid value: "x": must be valid format']],
  ['so has an initiator', { iscsi: { ...iscsi, initiatorName: 'x' } }, ['spec.iscsi.initiatorname: Invalid value: "x": must be valid format']],
  ['a secret has a name', { iscsi: { ...iscsi, chapAuthSession: true, secretRef: {} } }, ['spec.iscsi.secretRef.name: Required value']],
  [
    'a namespace of endpoints is one',
    { glusterfs: { endpoints: 'e', path: 'p', endpointsNamespace: '' } },
    ['spec.glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it must be a valid namespace name'],
  ],
])('%s', (_, spec, expected) => expect(onCreate(spec)).toEqual(expected))

test.each<[path: string, isRoot: boolean]>([
  ['/', true],
  ['//', true],
  ['/a/..', true],
  ['//a', false],
  ['.', false],
])('the root of a host is not recycled: %s', (path, isRoot) => {
  const told = ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"]
  const errors = onCreate({ hostPath: { path, type: '' }, persistentVolumeReclaimPolicy: 'Recycle' })
  expect(errors.filter((text) => text.includes('recycle'))).toEqual(isRoot ? told : [])
})

test('an initiator shares 64 bytes with the names of volume and target', () => {
  const spec = { iscsi: { ...iscsi, initiatorName: iscsi.iqn } }
  expect(onCreate(spec, 'v'.repeat(50))).toEqual([])
  expect(onCreate(spec, 'v'.repeat(51))).toEqual([`spec.iscsi.targetportal: Invalid value: "10.0.0.1:3260": ${long}`])
})

test('an update is checked as a whole twice', () => {
  const bad = volume({ hostPath: { path: '/x' }, accessModes: [] })
  const missing = 'spec.accessModes: Required value'
  expect(strategy.validateUpdate!(context, bad, volume({ hostPath: { path: '/x' } })).map(fieldErrorMessage)).toEqual([missing, missing])
})

test.each<[why: string, now: object, shown: string | undefined]>([
  ['a secret without a name is another than none', { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: {} }, '+  "NodeStageSecretRef": {'],
  ['what changed is shown as Go writes JSON', { driver: 'd', volumeHandle: 'a&b' }, '+  "VolumeHandle": "a\\u0026b",'],
  ['what says the same is the same', { driver: 'd', volumeHandle: 'h', readOnly: false, volumeAttributes: {} }, undefined],
])('a source stays: %s', (_, csi, shown) => {
  const told = strategy.validateUpdate!(context, volume({ csi }), volume({ csi: { driver: 'd', volumeHandle: 'h' } })).map(fieldErrorMessage)
  const refused = told.filter((text) => text.startsWith('spec.persistentvolumesource: Forbidden'))
  expect(refused).toEqual(shown === undefined ? [] : [expect.stringContaining(shown)])
})
