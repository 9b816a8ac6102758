import { expect, test } from 'vitest'
import { fieldErrorMessage } from '../../../apimachinery/field-errors.ts'
import { validateMatchResources, validateMutatedOperations, validateRule } from './validate-rules.ts'

const good = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] } as const

test.each<[why: string, rule: object, messages: readonly string[]]>([
  ['the core group is named by nothing', good, []],
  ['stars alone', { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }, []],
  [
    'a star and more',
    { ...good, operations: ['*', 'CREATE'] },
    [`r.operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`],
  ],
  [
    'an unknown operation',
    { ...good, operations: ['READ'] },
    ['r.operations[0]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"'],
  ],
  ['a star covers resources, not subresources', { ...good, resources: ['*', 'pods/status'] }, []],
  [
    'a subresource already covered',
    { ...good, resources: ['pods/*', 'pods/log'] },
    [`r.resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`],
  ],
  [
    'a star before a resource',
    { ...good, resources: ['*', 'pods'] },
    [`r.resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`],
  ],
  ['a star behind it is let through', { ...good, resources: ['pods', '*'] }, []],
  ['no resources', { ...good, resources: [] }, ['r.resources: Required value']],
])('%s', (_, rule, messages) => {
  expect(validateRule('r', rule as never).map(fieldErrorMessage)).toEqual(messages)
})

test('selectors and the policy of what is matched', () => {
  const match = { matchPolicy: '', namespaceSelector: {}, objectSelector: { matchLabels: { a: 'b c' } } }
  expect(validateMatchResources('m', match as never).map(({ field, detail }) => `${field}: ${detail.slice(0, 13)}`)).toEqual([
    'm.matchPolicy: supported val',
    'm.objectSelector.matchLabels: a valid label',
  ])
})

test('what is deleted cannot be changed', () => {
  const match = { resourceRules: [{ ...good, operations: ['DELETE', 'CREATE'] }, {}] }
  expect(validateMutatedOperations('m', match as never).map(fieldErrorMessage)).toEqual([
    'm.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
  ])
})
