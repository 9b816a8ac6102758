import { expect, test } from 'vitest'
import type { ManagedFieldsEntry } from '../../api/meta/v1.ts'
import { parentEntries, scaleEntries } from './scale-ownership.ts'

type Fields = NonNullable<ManagedFieldsEntry['fieldsV1']>

const time = '2026-01-01T00:00:00Z'
const entry = (manager: string, operation: string, fieldsV1: Fields, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: 'apps/v1',
  fieldsType: 'FieldsV1',
  time,
  fieldsV1,
  ...more,
})
const replicas = { 'f:spec': { 'f:replicas': {} } }
const both = { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }
const paused = { 'f:spec': { 'f:paused': {} } }
const inScale = { apiVersion: 'autoscaling/v1' }
const owners = (entries: readonly ManagedFieldsEntry[]) =>
  entries.map(({ manager, operation, apiVersion, time: at, fieldsV1 }) => [manager, operation, apiVersion, at, fieldsV1])

test('the scale names the owners of the replicas only', () => {
  expect(scaleEntries([entry('a', 'Update', both), entry('b', 'Update', paused)])).toEqual([entry('a', 'Update', replicas, inScale)])
})

test('a write through the scale splits ownership by updates, not that by apply', () => {
  const parent = [entry('a', 'Update', both), entry('b', 'Apply', both), entry('c', 'Update', replicas)]
  expect(owners(parentEntries(parent, scaleEntries(parent), 'apps/v1'))).toEqual([
    ['a', 'Update', 'apps/v1', undefined, replicas],
    ['c', 'Update', 'apps/v1', undefined, replicas],
    ['a', 'Update', 'apps/v1', time, paused],
    ['b', 'Apply', 'apps/v1', time, both],
  ])
})

test('replicas that changed hands leave their old owner; what else was set on a scale is lost', () => {
  const scale = [
    entry('new', 'Apply', { ...replicas, 'f:metadata': {} }, { ...inScale, subresource: 'scale' }),
    entry('other', 'Apply', { 'f:metadata': {} }, inScale),
  ]
  expect(owners(parentEntries([entry('old', 'Apply', both), entry('gone', 'Update', replicas)], scale, 'apps/v1'))).toEqual([
    ['new', 'Apply', 'apps/v1', undefined, replicas],
    ['old', 'Apply', 'apps/v1', time, paused],
  ])
})
