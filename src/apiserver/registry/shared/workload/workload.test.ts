import { expect, test } from 'vitest'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { validateAtMost, validateCollisionCount, validateCounters } from './counters.ts'
import { isNone, validateAtMost100Percent, validateIntOrPercent } from './int-or-percent.ts'
import { nameWarnings } from './name-warning.ts'
import { validateEndless, validateRequiredSelector } from './validate-template.ts'

const notPercent = `a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`

test.each([
  [undefined, []],
  [0, []],
  [-1, ['f: Invalid value: -1: must be greater than or equal to 0']],
  ['100%', []],
  ['101%', ['f: Invalid value: "101%": must not be greater than 100%']],
  ['5', [`f: Invalid value: "5": ${notPercent}`]],
  ['x', [`f: Invalid value: "x": ${notPercent}`]],
])('amount %s', (value, expected) => {
  const errors = [...validateIntOrPercent('f', value), ...validateAtMost100Percent('f', value)]
  expect(errors.map(fieldErrorMessage)).toEqual(expected)
})

test.each([
  [undefined, true],
  [0, true],
  ['0%', true],
  ['x', true], // no number at all, which has been reported
  [1, false],
  ['1%', false],
])('no pods: %s', (value, expected) => expect(isNone(value)).toBe(expected))

test('counters', () => {
  const status = { replicas: 2, readyReplicas: 3, availableReplicas: -1, collisionCount: 1 }
  expect(
    [
      ...validateCounters('status', status, ['replicas', 'availableReplicas', 'absent']),
      ...validateAtMost(status, 'replicas', ['readyReplicas', 'availableReplicas']),
      ...validateCollisionCount(status, { collisionCount: 2 }),
      ...validateCollisionCount({}, { collisionCount: 1 }),
      ...validateCollisionCount(status, {}),
    ].map(fieldErrorMessage),
  ).toEqual([
    'status.availableReplicas: Invalid value: -1: must be greater than or equal to 0',
    'status.readyReplicas: Invalid value: 3: cannot be greater than status.replicas',
    'status.collisionCount: Invalid value: 1: cannot be decremented',
    'status.collisionCount: Invalid value: 0: cannot be decremented',
  ])
})

test.each([
  [undefined, ['s: Required value']],
  [{}, ['s: Invalid value: {}: empty selector is invalid for deployment']],
  [{ matchLabels: { a: 'b' } }, []],
])('selector %j', (selector, expected) => expect(validateRequiredSelector('s', selector, 'deployment').map(fieldErrorMessage)).toEqual(expected))

test('pods of a controller do not end by themselves', () => {
  const template = { spec: { containers: [], restartPolicy: 'Never' as const, activeDeadlineSeconds: 1 } }
  expect(validateEndless('t', template, 'DaemonSet').map(fieldErrorMessage)).toEqual([
    't.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    't.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
  ])
})

test('names with dots make bad hostnames', () => {
  expect(nameWarnings({ metadata: { name: 'web' } })).toEqual([])
  expect(nameWarnings({ metadata: { name: 'a.b' } })).toEqual([
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
  ])
})
