// Expressions about a question to a webhook that authorizes: `request.resourceAttributes.namespace == 'kube-system'`.
// Source: k8s.io/apiserver pkg/authorization/cel/{compile,matcher}.go.
import { aggregateMessages } from '../../apimachinery/field-errors.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { activationOf } from '../interpreter/program.ts'
import { boolType, listType, mapType, objectType, stringType } from '../types/cel-type.ts'
import { fromJson } from '../values/from-json.ts'
import { baseEnvironment } from './environment.ts'
import { type CompiledExpression, compileExpression, type ExpressionCompilation } from './expression.ts'
import { evaluationLimits } from './limits.ts'

const texts = (...names: readonly string[]) => names.map((name) => [name, stringType] as const)
const requirementType = objectType('kubernetes.SelectorRequirement', [...texts('key', 'operator'), ['values', listType(stringType)]])
const selectorType = (name: string) => objectType(name, [...texts('rawSelector'), ['requirements', listType(requirementType)]])

const requestType = objectType('kubernetes.SubjectAccessReviewSpec', [
  [
    'resourceAttributes',
    objectType('kubernetes.ResourceAttributes', [
      ...texts('namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'),
      ['fieldSelector', selectorType('kubernetes.FieldSelectorAttributes')],
      ['labelSelector', selectorType('kubernetes.LabelSelectorAttributes')],
    ]),
  ],
  ['nonResourceAttributes', objectType('kubernetes.NonResourceAttributes', texts('path', 'verb'))],
  ...texts('user', 'uid'),
  ['groups', listType(stringType)],
  ['extra', mapType(stringType, listType(stringType))],
])

const environment = baseEnvironment.extend({ variables: [{ name: 'request', type: requestType }] })

export const compileAccessCondition = (source: string): ExpressionCompilation => compileExpression(environment, source, { wanted: [boolType] })

const resourceFields = { namespace: '', verb: '', group: '', version: '', resource: '', subresource: '', name: '' }

/**
 * Whether all conditions are true of a question. One that is false decides, whatever went wrong with others.
 * @param spec of a SubjectAccessReview (v1): fields of texts need not be there
 * @throws {Error} for conditions that cannot be told
 */
export function accessConditionsMatch(conditions: readonly CompiledExpression[], spec: JsonObject): boolean {
  const { resourceAttributes } = spec
  const request = {
    user: '',
    groups: [],
    uid: '',
    extra: {},
    ...spec,
    ...(resourceAttributes ? { resourceAttributes: { ...resourceFields, ...(resourceAttributes as JsonObject) } } : {}),
  }
  const activation = activationOf([['request', fromJson(request)]])
  const errors: string[] = []
  for (const { program, source } of conditions) {
    const result = program.evaluate(activation, evaluationLimits())
    if (!result.ok) errors.push(`cel evaluation error: expression '${source}' resulted in error: ${result.error.message}`)
    else if (result.value !== true) return false
  }
  if (errors.length > 0) throw new Error(aggregateMessages(errors))
  return true
}
