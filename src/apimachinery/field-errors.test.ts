import { expect, test } from 'vitest'
import {
  duplicate,
  type FieldError,
  fieldErrorMessage,
  notFound,
  forbidden,
  internal,
  invalid,
  newInvalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from './field-errors.ts'

// Texts of a real API server.
test.each<[FieldError, string]>([
  [invalid('spec.replicas', -1, 'must be greater than or equal to 0'), 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  [required('spec.containers[0].image'), 'spec.containers[0].image: Required value'],
  [required('spec', 'must specify a volume type'), 'spec: Required value: must specify a volume type'],
  [forbidden('spec.tolerations', 'no'), 'spec.tolerations: Forbidden: no'],
  [duplicate('spec.containers[1].name', 'c'), 'spec.containers[1].name: Duplicate value: "c"'],
  [duplicate('status.addresses[1]', { Type: 'Hostname', Address: 'h' }), 'status.addresses[1]: Duplicate value: {"Type":"Hostname","Address":"h"}'],
  [notFound('spec.volume', 'gone'), 'spec.volume: Not found: "gone"'],
  [tooLong('metadata.annotations', 262_144), 'metadata.annotations: Too long: may not be more than 262144 bytes'],
  [tooMany('spec.selectors', 33, 32), 'spec.selectors: Too many: 33: must have at most 32 items'],
  [notSupported('spec.failurePolicy', 'Maybe', ['Fail', 'Ignore']), 'spec.failurePolicy: Unsupported value: "Maybe": supported values: "Fail", "Ignore"'],
  [
    typeInvalid('spec.name', 'integer', 'spec.name in body must be of type string: "integer"'),
    'spec.name: Invalid value: "integer": spec.name in body must be of type string: "integer"',
  ],
  [internal('spec.x', 'program instantiation failed'), 'spec.x: Internal error: program instantiation failed'],
  [invalid('roleRef', null, 'x'), 'roleRef: Invalid value: null: x'],
  [invalid('spec.scopes', ['BestEffort'], 'field is immutable'), 'spec.scopes: Invalid value: ["BestEffort"]: field is immutable'],
  [invalid('spec.rule', { Rule: 'self.a > 3' }, 'bad'), String.raw`spec.rule: Invalid value: {"Rule":"self.a \u003e 3"}: bad`],
  [invalid('fieldManager', 'bad\x07name', 'x'), String.raw`fieldManager: Invalid value: "bad\aname": x`],
  [invalid('spec.message', 'two\nlines "q"', 'x'), String.raw`spec.message: Invalid value: "two\nlines \"q\"": x`],
  [invalid('f', 'é\u00a0\u200b\u{e0001}', 'x'), String.raw`f: Invalid value: "é\u00a0\u200b\U000e0001": x`],
  [invalid('spec.preserveUnknownFields', true, 'x'), 'spec.preserveUnknownFields: Invalid value: true: x'],
])('%#: %j', (error, message) => {
  expect(fieldErrorMessage(error)).toBe(message)
})

test('an Invalid answer names equal errors once and lists them all as causes', () => {
  const error = invalid('metadata.deletionTimestamp', 't', 'field is immutable')
  expect(newInvalid({ group: '', kind: 'ConfigMap' }, 'c', [error, error]).toStatus()).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'ConfigMap "c" is invalid: metadata.deletionTimestamp: Invalid value: "t": field is immutable',
    reason: 'Invalid',
    details: {
      name: 'c',
      kind: 'ConfigMap',
      causes: [
        { reason: 'FieldValueInvalid', message: 'Invalid value: "t": field is immutable', field: 'metadata.deletionTimestamp' },
        { reason: 'FieldValueInvalid', message: 'Invalid value: "t": field is immutable', field: 'metadata.deletionTimestamp' },
      ],
    },
    code: 422,
  })
  expect(newInvalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [required('fieldManager'), required('x')]).message).toBe(
    'PatchOptions.meta.k8s.io "" is invalid: [fieldManager: Required value, x: Required value]',
  )
})

test('thousands of errors: the first thousand, and how many more there are', () => {
  const errors = Array.from({ length: 2500 }, (_, index) => required(`spec.list[${index}]`))
  const { message, details } = newInvalid({ group: '', kind: 'Pod' }, 'p', errors)
  expect(details!.causes).toHaveLength(1000)
  expect(message).toMatch(/^Pod "p" is invalid: \[spec\.list\[0\]: Required value, .*spec\.list\[999\]: Required value, and 1500 more errors\]$/)
})

test('errors that each show a large value: so many as fit into a mebibyte', () => {
  const value = 'x'.repeat(300_000)
  const { details } = newInvalid(
    { group: '', kind: 'Pod' },
    'p',
    Array.from({ length: 10 }, () => invalid('spec.a', value, 'is wrong')),
  )
  expect(details!.causes).toHaveLength(4)
})
