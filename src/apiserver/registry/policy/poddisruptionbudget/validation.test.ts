import { expect, test } from 'vitest'
import type { PodDisruptionBudget } from '../../../../api/policy/v1.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { validatePodDisruptionBudget, validatePodDisruptionBudgetStatus } from './validation.ts'

const budget = (spec: object, status?: object) => ({ metadata: { name: 'p' }, spec, status }) as unknown as PodDisruptionBudget

test.each([
  [{}, []],
  [{ minAvailable: '50%' }, []],
  [{ maxUnavailable: '101%' }, ['spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%']],
  [
    { minAvailable: 1, maxUnavailable: 1 },
    [
      'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ],
  ],
  [
    { unhealthyPodEvictionPolicy: 'Never' },
    ['spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"'],
  ],
])('%j', (spec, expected) => expect(validatePodDisruptionBudget(budget(spec)).map(fieldErrorMessage)).toEqual(expected))

test('a status', () => {
  const conditions = [
    { type: 'A', status: 'Maybe', reason: 'a b', lastTransitionTime: '2026-01-01T00:00:00Z' },
    { type: 'A', status: 'True' },
  ]
  const fields = validatePodDisruptionBudgetStatus(budget({}, { disruptionsAllowed: -1, conditions })).map(({ type, field }) => `${type} ${field}`)
  expect(fields).toEqual([
    'FieldValueNotSupported status.conditions[0].status',
    'FieldValueInvalid status.conditions[0].reason',
    'FieldValueDuplicate status.conditions[1].type',
    'FieldValueRequired status.conditions[1].lastTransitionTime',
    'FieldValueRequired status.conditions[1].reason',
    'FieldValueInvalid status.disruptionsAllowed',
  ])
})
