// Expectations: pkg/apis/networking/validation/validation.go (validateIngressBackend).
import { expect, test } from 'vitest'
import type { Ingress } from '../../../../api/networking/v1.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { ingressStrategy } from './strategy.ts'

const errors = (defaultBackend: object) =>
  ingressStrategy.validate!({} as never, { metadata: { name: 'i' }, spec: { defaultBackend } } as unknown as Ingress).map(fieldErrorMessage)

test.each([
  [{}, 'pathType: Required value: pathType must be specified'],
  [{ pathType: null }, 'pathType: Required value: pathType must be specified'],
  [{ pathType: '' }, 'pathType: Unsupported value: "": supported values: "Exact", "ImplementationSpecific", "Prefix"'],
])('a path of type %j', (path, expected) => {
  const backend = { service: { name: 's', port: { number: 80 } } }
  const ingress = { metadata: { name: 'i' }, spec: { rules: [{ http: { paths: [{ path: '/', backend, ...path }] } }] } }
  const found = ingressStrategy.validate!({} as never, ingress as unknown as Ingress).map(fieldErrorMessage)
  expect(found).toEqual([`spec.rules[0].http.paths[0].${expected}`])
})

test('a resource of the core group backs an ingress', () => {
  // The decoder says null of an absent group.
  expect(errors({ resource: { apiGroup: null, kind: 'Secret', name: 's' } })).toEqual([])
  expect(errors({ resource: { apiGroup: null } })).toEqual([
    'spec.defaultBackend.resource.kind: Required value',
    'spec.defaultBackend.resource.name: Required value',
  ])
})
