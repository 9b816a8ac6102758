import { expect, test } from 'vitest'
import type { KubeObject } from '../../../api/object.ts'
import type { FlowSchema, PolicyRulesWithSubjects, PriorityLevelConfiguration } from '../../../api/flowcontrol/v1.ts'
import { type FieldError, fieldErrorMessage } from '../../../apimachinery/field-errors.ts'
import { mandatoryFlowSchemas, mandatoryPriorityLevels } from '../../flowcontrol/bootstrap-objects.ts'
import type { RequestContext, Strategy } from '../generic/strategy.ts'
import { flowSchemaStrategy } from './flowschema/strategy.ts'
import { priorityLevelConfigurationStrategy } from './prioritylevelconfiguration/strategy.ts'
import { validateConditionTypes } from './validate-condition-types.ts'

function messagesOf<T extends KubeObject>(strategy: Strategy<T>, object: T): readonly string[] {
  const errors: readonly FieldError[] = strategy.validate?.({} as RequestContext, object) ?? []
  return errors.map(fieldErrorMessage)
}

function schemaWith(rule: Partial<PolicyRulesWithSubjects>): FlowSchema {
  const rules = [{ subjects: [{ kind: 'User', user: { name: 'jane' } }], ...rule }]
  return { metadata: { name: 'f' }, spec: { matchingPrecedence: 5, priorityLevelConfiguration: { name: 'p' }, rules } } as unknown as FlowSchema
}

test.each<[path: string, detail: string | undefined]>([
  ['/', undefined],
  ['/*', undefined],
  ['/healthz/*', undefined],
  ['', 'must not be empty'],
  ['a b//*c', 'must start with slash'],
  ['/a b//*c', 'must not contain white-space'],
  ['/a//*c', 'must not contain double slash'],
  ['/a/*c', 'wildcard can only do suffix matching'],
  ['/a*', 'wildcard can only do suffix matching'],
])('the path %j has one fault at most', (path, detail) => {
  const errors = messagesOf(flowSchemaStrategy, schemaWith({ nonResourceRules: [{ verbs: ['get'], nonResourceURLs: [path] }] }))
  expect(errors).toEqual(detail ? [`spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: ${JSON.stringify(path)}: ${detail}`] : [])
})

test('namespaces of rules are names or a star', () => {
  const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['A'] }
  expect(messagesOf(flowSchemaStrategy, schemaWith({ resourceRules: [rule] }))[0]).toMatch(
    /^spec\.rules\[0\]\.resourceRules\[0\]\.namespaces\[0\]: Invalid value: "A": each member of this list must be '\*' or a DNS-1123 label; a lowercase RFC 1123 label /,
  )
})

test('a method that is not known is shown as a whole', () => {
  const spec = { ...schemaWith({}).spec, rules: [], distinguisherMethod: { type: 'X' } }
  expect(messagesOf(flowSchemaStrategy, { ...schemaWith({}), spec })).toEqual([
    'spec.distinguisherMethod.type: Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser"',
  ])
})

test('mandatory objects keep their specs, and what is refused is shown by its Go names', () => {
  const schema = mandatoryFlowSchemas.find(({ metadata }) => metadata.name === 'catch-all') as FlowSchema
  expect(messagesOf(flowSchemaStrategy, schema)).toEqual([])
  expect(
    messagesOf(flowSchemaStrategy, { ...schema, spec: { ...schema.spec, distinguisherMethod: undefined, rules: [] } as unknown as FlowSchema['spec'] }),
  ).toEqual([
    `spec: Invalid value: {"PriorityLevelConfiguration":{"Name":"catch-all"},"MatchingPrecedence":10000,"DistinguisherMethod":null,"Rules":null}: spec of 'catch-all' must equal the fixed value`,
  ])
  const level = mandatoryPriorityLevels.find(({ metadata }) => metadata.name === 'catch-all') as PriorityLevelConfiguration
  expect(messagesOf(priorityLevelConfigurationStrategy, level)).toEqual([])
  const limited = { nominalConcurrencyShares: 6, limitResponse: { type: 'Reject' }, lendablePercent: 0 }
  expect(messagesOf(priorityLevelConfigurationStrategy, { ...level, spec: { type: 'Limited', limited } } as PriorityLevelConfiguration)).toEqual([
    `spec: Invalid value: {"Type":"Limited","Limited":{"NominalConcurrencyShares":6,"LimitResponse":{"Type":"Reject","Queuing":null},"LendablePercent":0,"BorrowingLimitPercent":null},"Exempt":null}: spec of 'catch-all' must equal the fixed value`,
  ])
})

test('conditions have types of their own', () => {
  expect(validateConditionTypes([{ type: 'a' }, { type: 'b' }])).toEqual([])
  expect(validateConditionTypes([{ type: 'a' }, { type: 'a' }, {}]).map(fieldErrorMessage)).toEqual([
    'status.conditions[1].type: Duplicate value: "a"',
    'status.conditions[2].type: Required value: must not be empty',
  ])
})
