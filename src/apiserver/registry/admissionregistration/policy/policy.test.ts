// Expectations: pkg/apis/admissionregistration/validation/validation.go.
import { expect, test } from 'vitest'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { finish } from '../../../../util/steps.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { mutatingAdmissionPolicyBindingStrategy, validatingAdmissionPolicyBindingStrategy } from './binding-strategy.ts'
import { mutatingAdmissionPolicyStrategy, validatingAdmissionPolicyStrategy } from './strategy.ts'

const context = {} as never
const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }
const validating = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }] }
const mutation = { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }
const mutating = { matchConstraints: { resourceRules: [rule] }, reinvocationPolicy: 'Never', mutations: [mutation] }
const named = { metadata: { name: 'x' } }
const dns1035 = expect.stringMatching(/otherwise match: a DNS-1035 label/) as string

function errors(strategy: Strategy<never>, spec: object): readonly string[] {
  const policy = structuredClone({ ...named, spec })
  strategy.defaults?.(policy as never)
  const inSteps = strategy.validateInSteps?.(context, policy as never, undefined)
  return (inSteps ? finish(inSteps) : strategy.validate!(context, policy as never)).map(fieldErrorMessage)
}

test.each<[why: string, spec: object, expected: readonly string[]]>([
  ['good', {}, []],
  ['an empty policy is not an absent one', { failurePolicy: '' }, ['spec.failurePolicy: Unsupported value: "": supported values: "Fail", "Ignore"']],
  ['a kind in any case', { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }, []],
  ['but of letters', { paramKind: { apiVersion: 'v1', kind: 'Config Map' } }, [dns1035]],
  ['a group alone', { paramKind: { apiVersion: 'a.b/', kind: 'C' } }, ['spec.paramKind.apiVersion: Invalid value: "a.b/": version must be specified']],
  [
    'a variable may be defined again',
    {
      variables: [
        { name: 'a', expression: '1' },
        { name: 'a', expression: 'true' },
      ],
      validations: [{ expression: 'variables.a' }],
    },
    [],
  ],
  ['a variable without a name', { variables: [{ name: ' ', expression: '1' }] }, ['spec.variables[0].name: Required value: name is not specified']],
  [
    'texts of a validation',
    { validations: [{ expression: 'true', message: ' ', reason: '' }] },
    [
      'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
      'spec.validations[0].reason: Unsupported value: "": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ],
  ],
  [
    'too many annotations are shown by the names of Go',
    { auditAnnotations: Array.from({ length: 21 }, (_, i) => ({ key: `k${i}`, valueExpression: "'v'" })) },
    [expect.stringMatching(/^spec.auditAnnotations: Invalid value: \[{"Key":"k0","ValueExpression":"'v'"},.*: must not have more than 20 auditAnnotations$/)],
  ],
])('a validating policy: %s', (_, spec, expected) => {
  expect(errors(validatingAdmissionPolicyStrategy as never, { ...validating, ...spec })).toEqual(expected)
})

test.each<[why: string, spec: object, expected: readonly string[]]>([
  ['good', {}, []],
  [
    'an empty expression',
    { mutations: [{ ...mutation, applyConfiguration: { expression: ' ' } }] },
    ['spec.mutations[0].applyConfiguration.expression: Required value'],
  ],
  [
    'variables are there also when none is defined',
    { mutations: [{ ...mutation, applyConfiguration: { expression: 'variables.x' } }] },
    [expect.stringContaining("undefined field 'x'")],
  ],
])('a mutating policy: %s', (_, spec, expected) => {
  expect(errors(mutatingAdmissionPolicyStrategy as never, { ...mutating, ...spec })).toEqual(expected)
})

test('bindings', () => {
  const matchResources = { matchPolicy: 'X', resourceRules: [{ ...rule, operations: ['DELETE'] }] }
  const unknownMatch = 'spec.matchResources.matchPolicy: Unsupported value: "X": supported values: "Equivalent", "Exact"'
  const common = { policyName: 'p', matchResources }
  expect(errors(validatingAdmissionPolicyBindingStrategy as never, { ...common, validationActions: ['Deny'] })).toEqual([unknownMatch])
  expect(errors(mutatingAdmissionPolicyBindingStrategy as never, common)).toEqual([
    unknownMatch,
    'spec.matchResources.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
  ])
})

test('what is reported of a policy', () => {
  const reported = (status: object) =>
    validatingAdmissionPolicyStrategy.subresources!['status']!.validateUpdate!(context, { ...named, status } as never, {} as never).map(fieldErrorMessage)
  const condition = { type: 'Ready', status: 'True', reason: 'R', message: '', lastTransitionTime: '2024-01-01T00:00:00Z' }
  expect(reported({ conditions: [condition], typeChecking: { expressionWarnings: [{ fieldRef: 'spec.validations[0].expression', warning: 'w' }] } })).toEqual(
    [],
  )
  expect(reported({ conditions: [{ ...condition, reason: '' }], typeChecking: { expressionWarnings: [{ fieldRef: ' ', warning: '' }] } })).toEqual([
    'status.typeChecking.expressionWarnings[0].warning: Required value',
    'status.typeChecking.expressionWarnings[0].fieldRef: Required value',
    'status.conditions[0].reason: Required value',
  ])
})
