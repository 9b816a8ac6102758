import { expect, test } from 'vitest'
import type { ResourceQuota } from '../../../../api/core/v1.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { resourceQuotaStrategy } from './strategy.ts'

const messages = (spec: object) =>
  resourceQuotaStrategy.validate!({} as never, { metadata: { name: 'q' }, spec } as unknown as ResourceQuota).map(fieldErrorMessage)

test.each<[why: string, spec: object, expected: readonly string[]]>([
  ['counts of any kind', { hard: { 'count/deployments.apps': '3', pods: '10' } }, []],
  [
    'a name nobody knows',
    { hard: { bananas: '1' } },
    [
      'spec.hard[bananas]: Invalid value: "bananas": must be a standard resource type or fully qualified',
      'spec.hard[bananas]: Invalid value: "bananas": must be a standard resource for quota',
    ],
  ],
  [
    'pods of best effort ask for nothing',
    { hard: { cpu: '1' }, scopes: ['BestEffort'] },
    ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
  ],
  [
    'a scope and its opposite',
    { hard: { pods: '1' }, scopes: ['Terminating', 'NotTerminating'] },
    ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
  ],
  [
    'a choice of classes needs some',
    { hard: { pods: '1' }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } },
    ["spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"],
  ],
])('%s', (_, spec, expected) => {
  expect(messages(spec)).toEqual(expected)
})
