import { expect, test } from 'vitest'
import type { KubeObject, Mutable } from '../../api/object.ts'
import { scaleEntries, withScaleOwners } from './scale-ownership.ts'

const time = '2026-01-01T00:00:00Z'
const entry = (manager: string, operation: string, fieldsV1: object) => ({ manager, operation, apiVersion: 'apps/v1', fieldsType: 'FieldsV1', time, fieldsV1 })
const replicas = { 'f:spec': { 'f:replicas': {} } }
const both = { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }
const paused = { 'f:spec': { 'f:paused': {} } }
const newObject = (...managedFields: readonly object[]) => ({ metadata: { name: 'd', managedFields } }) as unknown as Mutable<KubeObject>
const ownersIn = (object: KubeObject) =>
  object.metadata.managedFields!.map(({ manager, operation, time: at, fieldsV1 }) => ({ manager, operation, at, fieldsV1 }))

test('the scale names the owners of the replicas only', () => {
  expect(scaleEntries(newObject(entry('a', 'Update', both), entry('b', 'Update', paused)))).toEqual([
    { manager: 'a', operation: 'Update', apiVersion: 'autoscaling/v1', fieldsType: 'FieldsV1', fieldsV1: replicas },
  ])
})

test('a write through the scale splits ownership by updates, not that by apply', () => {
  const object = withScaleOwners(newObject(entry('a', 'Update', both), entry('b', 'Apply', both), entry('c', 'Update', replicas)))
  expect(ownersIn(object)).toEqual([
    { manager: 'a', operation: 'Update', at: undefined, fieldsV1: replicas },
    { manager: 'c', operation: 'Update', at: undefined, fieldsV1: replicas },
    { manager: 'a', operation: 'Update', at: time, fieldsV1: paused },
    { manager: 'b', operation: 'Apply', at: time, fieldsV1: both },
  ])
})
