import { expect, test } from 'vitest'
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { setFamilies } from './families.ts'
import type { Family } from './needs.ts'

type Spec = Mutable<Service>['spec']
const v4: readonly Family[] = ['IPv4']
const dual: readonly Family[] = ['IPv4', 'IPv6']
const addresses = (...clusterIPs: readonly string[]): Spec => ({ clusterIP: clusterIPs[0]!, clusterIPs: [...clusterIPs] })

test.each<[why: string, spec: Spec, available: readonly Family[], families: readonly string[], policy: string]>([
  ['nothing said: the default family', {}, dual, ['IPv4'], 'SingleStack'],
  ['an address says its family', addresses('fd00::1'), dual, ['IPv6'], 'SingleStack'],
  ['two addresses are two families', { ...addresses('10.0.0.1', 'fd00::1'), ipFamilyPolicy: 'RequireDualStack' }, dual, ['IPv4', 'IPv6'], 'RequireDualStack'],
  ['a preference takes what there is', { ipFamilyPolicy: 'PreferDualStack' }, v4, ['IPv4'], 'PreferDualStack'],
  ['a preference gets both', { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6'] }, dual, ['IPv6', 'IPv4'], 'PreferDualStack'],
  ['headless without selector: both, whatever the cluster has', addresses('None'), v4, ['IPv4', 'IPv6'], 'RequireDualStack'],
  ['headless with selector: as any other', { ...addresses('None'), selector: { a: 'b' } }, dual, ['IPv4'], 'SingleStack'],
])('%s', (_, spec, available, families, policy) => {
  expect(setFamilies(spec, undefined, available)).toEqual([])
  expect(spec).toMatchObject({ ipFamilies: families, ipFamilyPolicy: policy })
})

test.each<[why: string, spec: Spec, available: readonly Family[], field: string, detail: string]>([
  ['a family the cluster does not have', { ipFamilies: ['IPv6'] }, v4, 'spec.ipFamilies[0]', 'not configured on this cluster'],
  ['an address of such a family', addresses('fd00::1'), v4, 'spec.clusterIPs[0]', 'IPv6 is not configured on this cluster'],
  ['two where there is one', { ipFamilyPolicy: 'RequireDualStack' }, v4, 'spec.ipFamilyPolicy', 'this cluster is not configured for dual-stack services'],
  [
    'two families of a policy that nobody set',
    { ipFamilies: ['IPv4', 'IPv6'] },
    dual,
    'spec.ipFamilyPolicy',
    "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
  ],
])('refuses %s', (_, spec, available, field, detail) => {
  expect(setFamilies(spec, undefined, available)).toMatchObject([{ field, detail }])
})

const old: Service['spec'] = { ...addresses('10.0.0.1', 'fd00::1'), ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }

test('an update that leaves families out gets those of its addresses; a turn to one stack keeps the first', () => {
  const kept = addresses('10.0.0.1', 'fd00::1')
  setFamilies(kept, old, dual)
  expect(kept).toMatchObject({ ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' })
  const reduced: Spec = { ...addresses('10.0.0.1', 'fd00::1'), ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'SingleStack' }
  setFamilies(reduced, old, dual)
  expect(reduced).toMatchObject({ clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] })
})

test('an update that takes a family away says so in its policy', () => {
  const spec: Spec = { ...addresses('10.0.0.1'), ipFamilies: ['IPv4'], ipFamilyPolicy: 'PreferDualStack' }
  expect(setFamilies(spec, old, dual).map(({ detail }) => detail)).toEqual([
    "must be 'SingleStack' to release the secondary cluster IP",
    "must be 'SingleStack' to release the secondary IP family",
  ])
})
