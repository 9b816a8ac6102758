import { expect, test } from 'vitest'
import { fieldErrorMessage } from '../../../apimachinery/field-errors.ts'
import { validateRule } from './validate-rules.ts'

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
  ['no resources', { ...good, resources: [] }, ['r.resources: Required value']],
])('%s', (_, rule, messages) => {
  expect(validateRule('r', rule as never).map(fieldErrorMessage)).toEqual(messages)
})
