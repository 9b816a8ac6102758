// Which requests a webhook or a policy is asked about. Source: pkg/apis/admissionregistration/validation/validation.go.
import type { MatchCondition, MatchResources, RuleWithOperations } from '../../../api/admissionregistration/v1.ts'
import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../../../apimachinery/field-errors.ts'
import { validateLabelSelector } from '../../../apimachinery/validation/labels.ts'
import { isQualifiedName, isPathSegmentName } from '../../../apimachinery/validation/names.ts'
import { AdmissionCompiler } from '../../../cel/kubernetes/admission/compiler.ts'
import { boolType } from '../../../cel/types/cel-type.ts'
import { flatMapSteps, type Steps } from '../../../util/steps.ts'
import { expressionErrors } from '../../expressions/expression-errors.ts'
import { invalidAll, oneOf } from '../shared/pod-spec/invalid-values.ts'

const operationsKnown = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']

/** A list that names at least one, or everything by a star alone. @param others what a star does not go with */
function validateList(field: string, list: readonly string[] | undefined, others: string, emptyIsGood: boolean): readonly FieldError[] {
  const values = list ?? []
  if (values.length === 0) return [required(field)]
  return [
    ...(values.length > 1 && values.includes('*') ? [invalid(field, values, `if '*' is present, must not specify other ${others}`)] : []),
    ...(emptyIsGood ? [] : values.flatMap((value, i) => (value === '' ? [required(`${field}[${i}]`)] : []))),
  ]
}

/** Resources and subresources: what a pattern covers must not be named as well. */
function validateResources(field: string, given: readonly string[] | undefined): readonly FieldError[] {
  const resources = given ?? []
  if (resources.length === 0) return [required(field)]
  const errors: FieldError[] = []
  const whole = new Set<string>()
  const parts = new Set<string>()
  // Whether the last one without a subresource is a star or not: upstream looks at no other.
  let endsInPlain = false
  for (const [i, resource] of resources.entries()) {
    const at = `${field}[${i}]`
    if (resource === '') {
      errors.push(required(at))
      continue
    }
    const slash = resource.indexOf('/')
    if (slash < 0) {
      endsInPlain = resource !== '*'
      continue
    }
    const [name, part] = [resource.slice(0, slash), resource.slice(slash + 1)]
    if (whole.has(name)) errors.push(invalid(at, resource, `if '${name}/*' is present, must not specify ${resource}`))
    if (parts.has(part)) errors.push(invalid(at, resource, `if '*/${part}' is present, must not specify ${resource}`))
    if (part === '*') whole.add(name)
    if (name === '*') parts.add(part)
  }
  if (resources.length > 1 && resources.includes('*/*')) errors.push(invalid(field, resources, "if '*/*' is present, must not specify other resources"))
  if (resources.includes('*') && endsInPlain) {
    errors.push(invalid(field, resources, "if '*' is present, must not specify other resources without subresources"))
  }
  return errors
}

export function validateRule(field: string, rule: RuleWithOperations): readonly FieldError[] {
  return [
    ...validateList(`${field}.operations`, rule.operations, 'operations', true),
    ...(rule.operations ?? []).flatMap((operation, i) => oneOf(`${field}.operations[${i}]`, operation, operationsKnown)),
    ...validateList(`${field}.apiGroups`, rule.apiGroups, 'API groups', true),
    ...validateList(`${field}.apiVersions`, rule.apiVersions, 'API versions', false),
    ...validateResources(`${field}.resources`, rule.resources),
    ...oneOf(`${field}.scope`, rule.scope, ['*', 'Cluster', 'Namespaced']),
  ]
}

export function validateMatchResources(field: string, match: MatchResources): readonly FieldError[] {
  const rules = (name: 'resourceRules' | 'excludeResourceRules') =>
    (match[name] ?? []).flatMap((rule, i) => {
      const at = `${field}.${name}[${i}]`
      const names = rule.resourceNames ?? []
      return [
        ...names.flatMap((resource, j) => [
          ...invalidAll(`${at}.resourceNames[${j}]`, resource, isPathSegmentName(resource)),
          ...(names.indexOf(resource) < j ? [duplicate(`${at}.resourceNames[${j}]`, resource)] : []),
        ]),
        ...validateRule(at, rule),
      ]
    })
  return [
    ...oneOf(`${field}.matchPolicy`, match.matchPolicy, ['Equivalent', 'Exact']),
    ...(match.namespaceSelector ? validateLabelSelector(`${field}.namespaceSelector`, match.namespaceSelector) : [required(`${field}.namespaceSelector`)]),
    ...(match.objectSelector ? validateLabelSelector(`${field}.objectSelector`, match.objectSelector) : [required(`${field}.objectSelector`)]),
    ...rules('resourceRules'),
    ...rules('excludeResourceRules'),
  ]
}

const mutatedOperations = ['*', 'CONNECT', 'CREATE', 'UPDATE']

/** What is deleted cannot be changed. */
export function validateMutatedOperations(field: string, { resourceRules = [] }: MatchResources): readonly FieldError[] {
  const others = resourceRules.flatMap(({ operations }) => (operations ?? []).filter((operation) => !mutatedOperations.includes(operation)))
  return others.map((operation) => notSupported(`${field}.resourceRules.operations`, operation, mutatedOperations))
}

const conditionsMax = 64
/** Match conditions know no variables of a policy, so one compiler is enough for all. */
const conditionCompiler = new AdmissionCompiler({ composed: false })

/** @param params whether there is a parameter to speak of */
export function* validateMatchConditions(field: string, conditions: readonly MatchCondition[] = [], params = false): Steps<readonly FieldError[]> {
  const names = conditions.map(({ name }) => name ?? '')
  return [
    ...(conditions.length > conditionsMax ? [tooMany(field, conditions.length, conditionsMax)] : []),
    ...(yield* flatMapSteps(conditions, function* ({ expression }, i) {
      const at = `${field}[${i}]`
      const name = names[i]!
      const text = expression?.trim()
      return [
        ...(text
          ? expressionErrors(`${at}.expression`, yield* conditionCompiler.compile(text, { params, authorizer: true }, [boolType]))
          : [required(`${at}.expression`)]),
        ...(name ? invalidAll(`${at}.name`, name, isQualifiedName(name)) : [required(`${at}.name`)]),
        ...(name && names.indexOf(name) < i ? [duplicate(`${at}.name`, name)] : []),
      ]
    })),
  ]
}

/** What rules and selectors are when nothing is said. */
export function matchDefaults(match: { matchPolicy?: string; namespaceSelector?: object; objectSelector?: object }): void {
  match.matchPolicy ??= 'Equivalent'
  match.namespaceSelector ??= {}
  match.objectSelector ??= {}
}

export function scopeDefaults(rules: readonly { scope?: string }[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*'
}
