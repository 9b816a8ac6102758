// Expectations: pkg/apis/networking/validation/validation.go (validateIngressBackend).
import { expect, test } from 'vitest'
import type { Ingress } from '../../../../api/networking/v1.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { ingressStrategy } from './strategy.ts'

const errors = (defaultBackend: object) =>
  ingressStrategy.validate!({} as never, { metadata: { name: 'i' }, spec: { defaultBackend } } as unknown as Ingress).map(fieldErrorMessage)

test('a resource of the core group backs an ingress', () => {
  // The decoder says null of an absent group.
  expect(errors({ resource: { apiGroup: null, kind: 'Secret', name: 's' } })).toEqual([])
  expect(errors({ resource: { apiGroup: null } })).toEqual([
    'spec.defaultBackend.resource.kind: Required value',
    'spec.defaultBackend.resource.name: Required value',
  ])
})
