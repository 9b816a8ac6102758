import { expect, test } from 'vitest'
import type { PriorityClass } from '../../../../api/scheduling/v1.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import type { RequestContext } from '../../generic/strategy.ts'
import { priorityClassStrategy } from './strategy.ts'

const context = {} as RequestContext
const newClass = (name: string, rest: object) => ({ metadata: { name }, preemptionPolicy: 'Never', ...rest }) as unknown as PriorityClass
const reserved = "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: "

test.each<[string, object, readonly string[]]>([
  ['own', { value: 1_000_000_000 }, []],
  ['own', { value: -5 }, []],
  ['own', { value: 1_000_000_001 }, ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000']],
  ['system-own', { value: 1 }, [`${reserved}system-own is not a known system priority class`]],
  ['system-node-critical', { value: 2_000_001_000 }, []],
  ['system-node-critical', { value: 1 }, [`${reserved}value of system-node-critical PriorityClass must be 2000001000`]],
  ['own', { preemptionPolicy: 'X' }, ['preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"']],
])('%s %j', (name, rest, expected) => expect(priorityClassStrategy.validate!(context, newClass(name, rest)).map(fieldErrorMessage)).toEqual(expected))

test('classes of the system stay, and only they', () => {
  expect(priorityClassStrategy.refuseDelete!('system-cluster-critical')).toBe('this is a system priority class and cannot be deleted')
  expect(priorityClassStrategy.refuseDelete!('system-own')).toBeUndefined()
})

test('pods carry the value already: it does not change', () => {
  const problems = priorityClassStrategy.validateUpdate!(context, newClass('a', { value: 2 }), newClass('a', { value: 1 }))
  expect(problems.map(fieldErrorMessage)).toEqual(['value: Forbidden: may not be changed in an update.'])
})
