import { expect, test } from 'vitest'
import type { Attributes } from '../../authz/authorizer.ts'
import { attributesFor } from '../fake/attributes.ts'
import { newOwnerReferencesPermissionEnforcement } from './plugin.ts'

const owner = (uid: string, blockOwnerDeletion = false, kind = 'ReplicaSet') => ({ apiVersion: 'apps/v1', kind, name: uid, uid, blockOwnerDeletion })
const pod = (...ownerReferences: object[]) => ({ metadata: { name: 'p', ownerReferences } })

function refusal(overrides: object, ...allowed: string[]): string {
  const can = ({ verb, resource, subresource, name }: Attributes) => allowed.includes(`${verb} ${resource}${subresource ? `/${subresource}` : ''} ${name}`)
  const plugin = newOwnerReferencesPermissionEnforcement({ authorize: (wanted) => ({ outcome: can(wanted) ? 'allow' : 'no-opinion', reason: 'no' }) })
  try {
    void plugin.validate!(attributesFor('pods', overrides))
    return ''
  } catch (error) {
    return (error as Error).message.replace('pods "p" is forbidden: ', '')
  }
}

const update = (from: object, to: object) => ({ operation: 'UPDATE', oldObject: from, object: to })
const cannotDelete = "cannot set an ownerRef on a resource you can't delete: no, <nil>"
const cannotFinalize = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: no, <nil>"

test.each<[string, object, string[], string]>([
  ['a new object may have owners', { object: pod(owner('a')) }, [], ''],
  ['but not make them wait', { object: pod(owner('a', true)) }, [], cannotFinalize],
  ['unless one may set their finalizers', { object: pod(owner('a', true)) }, ['update replicasets/finalizers a'], ''],
  ['the same owners', update(pod(owner('a', true)), pod(owner('a', true))), [], ''],
  ['another owner', update(pod(), pod(owner('a'))), [], cannotDelete],
  ['no owner any more', update(pod(owner('a')), pod()), [], cannotDelete],
  ['with the right to delete', update(pod(), pod(owner('a'))), ['delete pods p'], ''],
  ['an owner that now waits', update(pod(owner('a')), pod(owner('a', true))), ['delete pods p'], cannotFinalize],
  ['one that waited already', update(pod(owner('a', true)), pod(owner('a', true), owner('b'))), ['delete pods p'], ''],
  [
    'an unknown kind',
    { object: pod(owner('a', true, 'Thing')) },
    [],
    'cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion apps/v1 Kind Thing: no matches for kind "Thing" in version "apps/v1"',
  ],
  ['the status of pods is left to the strategy', { ...update(pod(), pod(owner('a'))), subresource: 'status' }, [], ''],
])('%s', (_, overrides, allowed, why) => {
  expect(refusal(overrides, ...allowed)).toBe(why)
})
