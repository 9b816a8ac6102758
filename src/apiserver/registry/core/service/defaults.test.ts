import { expect, test } from 'vitest'
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { serviceDefaults } from './defaults.ts'

test.each<[why: string, spec: object, expected: string | undefined]>([
  ['a service with addresses', {}, 'Cluster'],
  ['of any such type', { type: 'LoadBalancer' }, 'Cluster'],
  ['what is given stays, also when it is wrong', { internalTrafficPolicy: '' }, ''],
  ['a name has no traffic', { type: 'ExternalName' }, undefined],
  ['nor has a type that nobody knows', { type: 'Other' }, undefined],
])('internal traffic policy: %s', (_, spec, expected) => {
  const service = { spec } as Mutable<Service>
  serviceDefaults(service)
  expect(service.spec.internalTrafficPolicy).toBe(expected)
})
