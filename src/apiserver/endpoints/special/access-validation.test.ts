import { expect, test } from 'vitest'
import { fieldErrorMessage } from '../../../apimachinery/field-errors.ts'
import { type AccessSpec, validateAccessSpec } from './access-validation.ts'

test.each<[why: string, spec: AccessSpec, expected: readonly string[]]>([
  ['one kind of attributes', { user: 'u', resourceAttributes: {} }, []],
  ['a group will do', { groups: ['g'], nonResourceAttributes: {} }, []],
  [
    'nothing',
    {},
    [
      'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
  ],
  [
    'both kinds: what is shown has its Go names',
    { user: 'u', resourceAttributes: {}, nonResourceAttributes: { path: '/x' } },
    ['spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":""}: cannot be specified in combination with resourceAttributes'],
  ],
])('%s', (_, spec, expected) => expect(validateAccessSpec(spec, true).map(fieldErrorMessage)).toEqual(expected))
