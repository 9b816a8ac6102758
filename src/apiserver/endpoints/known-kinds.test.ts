import { expect, test } from 'vitest'
import { canonicalApiVersion, goTypeOf, isRegistered } from './known-kinds.ts'

test.each([
  ['v1', { group: '', version: 'v1' }, 'v1'],
  ['', { group: 'apps', version: 'v1' }, 'apps/v1'],
  ['/', { group: 'apps', version: 'v1' }, 'apps/v1'],
  ['/v1', { group: '', version: 'v1' }, 'v1'],
  // The version of a named group is left out.
  ['apps/', { group: 'apps', version: 'v1' }, 'apps/v1'],
  ['v1/', { group: '', version: 'v1' }, 'v1/'],
  ['batch/', { group: 'apps', version: 'v1' }, 'batch/'],
  ['/a/b', { group: '', version: 'v1' }, '/a/b'],
])('apiVersion %j of %j is %j', (apiVersion, expected, canonical) => expect(canonicalApiVersion(apiVersion, expected)).toBe(canonical))

test.each([
  ['v1', 'ConfigMap', true, 'v1.ConfigMap'],
  ['apps/v1', 'DeploymentList', true, 'v1.DeploymentList'],
  // Every group version has options and watch events; Status and the like need none.
  ['apps/v1', 'DeleteOptions', true, 'v1.DeleteOptions'],
  ['apps/v1beta1', 'WatchEvent', true, 'v1.WatchEvent'],
  ['example.com/v1', 'WatchEvent', false, undefined],
  ['example.com/v2', 'Status', true, 'v1.Status'],
  ['v1', 'configmap', false, undefined],
])('%s %s is registered: %j', (apiVersion, kind, known, goType) => {
  expect(isRegistered(apiVersion, kind)).toBe(known)
  if (goType !== undefined) expect(goTypeOf(apiVersion, kind)).toBe(goType)
})
