import { expect, test } from 'vitest'
import type { ValidatingAdmissionPolicy } from '../../api/admissionregistration/v1.ts'
import { decide } from './decide.ts'
import { finish } from '../../util/steps.ts'

const rule = (group: string, resource: string, version = 'v1') => ({
  apiGroups: [group],
  apiVersions: [version],
  resources: [resource],
  operations: ['*'] as const,
})
const policyOf = (expression: string, over: object = {}, status: object = {}) =>
  ({
    metadata: { name: 'p', generation: 2 },
    spec: { matchConstraints: { resourceRules: [rule('apps', 'deployments')] }, validations: [{ expression }], ...over },
    status,
  }) as unknown as ValidatingAdmissionPolicy

const rules = (...resourceRules: object[]) => ({ matchConstraints: { resourceRules } })
const undefinedField = (kind: string, expression: string, column: number, field: string) =>
  `${kind}: ERROR: <input>:1:${column}: undefined field '${field}'\n | ${expression}\n | ${'.'.repeat(column - 1)}^\n`

test.each<[string, string, object, string]>([
  ['right', "object.spec.replicas > 1 && object.metadata.labels['a'] == 'b' && object.kind == 'Deployment'", {}, ''],
  ['a field that is not there', 'object.spec.replica > 1', {}, undefinedField('apps/v1, Kind=Deployment', 'object.spec.replica > 1', 12, 'replica')],
  [
    'deep within',
    'object.spec.template.spec.containers.all(c, c.imag != "")',
    {},
    undefinedField('apps/v1, Kind=Deployment', 'object.spec.template.spec.containers.all(c, c.imag != "")', 46, 'imag'),
  ],
  [
    'of a wrong type',
    "object.spec.replicas == 'x'",
    {},
    "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_==_' applied to '(int, string)'\n | object.spec.replicas == 'x'\n | .....................^\n",
  ],
  ['of the old object', 'oldObject.x == 1', {}, undefinedField('apps/v1, Kind=Deployment', 'oldObject.x == 1', 10, 'x')],
  [
    'several kinds, in their order',
    'object.data == null',
    rules(rule('apps', 'statefulsets'), rule('', 'pods'), rule('', 'configmaps')),
    [
      "/v1, Kind=ConfigMap: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(map(string, string), null)'\n | object.data == null\n | ............^\n",
      undefinedField('/v1, Kind=Pod', 'object.data == null', 7, 'data'),
      undefinedField('apps/v1, Kind=StatefulSet', 'object.data == null', 7, 'data'),
    ].join('\n'),
  ],
  ['wildcards and subresources are too much', 'object.nothing', rules(rule('*', 'pods'), rule('', '*'), rule('', 'pods/status'), rule('', 'pods', '*')), ''],
  ['kinds that nobody knows', 'object.nothing', rules(rule('example.com', 'things')), ''],
  [
    'variables',
    'variables.size == "x"',
    { variables: [{ name: 'size', expression: 'object.spec.replicas + 1' }] },
    "apps/v1, Kind=Deployment: ERROR: <input>:1:16: found no matching overload for '_==_' applied to '(int, string)'\n | variables.size == \"x\"\n | ...............^\n",
  ],
  [
    'parameters',
    'params.dat.x == "y"',
    { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } },
    undefinedField('apps/v1, Kind=Deployment', 'params.dat.x == "y"', 7, 'dat'),
  ],
  [
    'times and quantities',
    "object.metadata.creationTimestamp < timestamp('2030-01-01T00:00:00Z') && quantity(object.spec.hard['pods']).isInteger()",
    rules(rule('', 'resourcequotas')),
    '',
  ],
  ['anything at all', "object.data.raw.x == 1 && object.data == 'x'", rules(rule('apps', 'controllerrevisions')), ''],
])('%s', (_, expression, over, warning) => {
  expect(finish(decide(policyOf(expression, over)))).toEqual({
    observedGeneration: 2,
    typeChecking: warning ? { expressionWarnings: [{ fieldRef: 'spec.validations[0].expression', warning }] } : {},
  })
})

test('messages are looked at, too', () => {
  const spec = { validations: [{ expression: 'true' }, { expression: 'true', messageExpression: 'object.x' }] }
  expect(finish(decide(policyOf('', spec)))?.typeChecking?.expressionWarnings?.map(({ fieldRef }) => fieldRef)).toEqual([
    'spec.validations[1].messageExpression',
  ])
})

test('a status of this generation is left alone', () => {
  expect(finish(decide(policyOf('object.x', {}, { observedGeneration: 2 })))).toBeUndefined()
  expect(finish(decide(policyOf('object.x', {}, { observedGeneration: 1 })))?.observedGeneration).toBe(2)
})
