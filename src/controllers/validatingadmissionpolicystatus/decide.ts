// What a policy's expressions would be told if objects had types: upstream's texts, for the kinds that its rules name.
// Source: k8s.io/apiserver pkg/admission/plugin/policy/validating/typechecking.go, pkg/controller/validatingadmissionpolicystatus.
import type {
  ExpressionWarning,
  NamedRuleWithOperations,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyStatus,
} from '../../api/admissionregistration/v1.ts'
import { type ResourceFacts, resourceFacts } from '../../api/resource-facts.ts'
import { schema } from '../../api/schema.ts'
import { AdmissionCompiler } from '../../cel/kubernetes/admission/compiler.ts'
import { flatMapSteps, mapSteps, type Steps } from '../../util/steps.ts'
import { SchemaObjectTypes } from '../../cel/kubernetes/schema-types.ts'

/** Of one policy. */
const kindsMax = 10

const types = new SchemaObjectTypes(schema)

const idOf = (group: string, version: string, plural: string) => (group ? `${group}/${version}/${plural}` : `${version}/${plural}`)
const isWild = (text: string) => text.includes('*')

/** Rules with a wildcard among their groups or versions are about too much; of resources only the wild ones and subresources are left out. */
function kindsOfRule({ apiGroups = [], apiVersions = [], resources = [] }: NamedRuleWithOperations): readonly ResourceFacts[] {
  if (apiGroups.some(isWild) || apiVersions.some(isWild)) return []
  const plurals = resources.filter((resource) => !/[*/]/.test(resource)).toSorted()
  const ids = apiGroups.toSorted().flatMap((group) => apiVersions.toSorted().flatMap((version) => plurals.map((plural) => idOf(group, version, plural))))
  return ids.flatMap((id) => resourceFacts.get(id) ?? []).slice(0, kindsMax)
}

function kindsOf({ spec }: ValidatingAdmissionPolicy): readonly ResourceFacts[] {
  const kinds = new Map<string, ResourceFacts>()
  for (const rule of spec?.matchConstraints?.resourceRules ?? []) {
    const found = kindsOfRule(rule)
    for (const facts of found) kinds.set(`${facts.group}/${facts.version}/${facts.kind}`, facts)
    if (found.length === kindsMax) break
  }
  const key = ({ group, version, kind }: ResourceFacts) => [group, version, kind].join('\0')
  return [...kinds.values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

function paramsType({ spec }: ValidatingAdmissionPolicy) {
  const { apiVersion, kind } = spec?.paramKind ?? {}
  for (const facts of resourceFacts.values()) {
    if (facts.kind === kind && (facts.group ? `${facts.group}/${facts.version}` : facts.version) === apiVersion) return types.of(facts.type)
  }
  return undefined
}

/** Complains about one expression for all kinds. */
function* checker(policy: ValidatingAdmissionPolicy): Steps<(expression: string) => Steps<string>> {
  const params = paramsType(policy)
  const declared = { params: params !== undefined, authorizer: true }
  const compilers = yield* mapSteps(kindsOf(policy), function* ({ group, version, kind, type }) {
    const compiler = new AdmissionCompiler({ composed: true, types: { object: types.of(type), ...(params ? { params } : {}) } })
    for (const { name, expression } of policy.spec?.variables ?? []) yield* compiler.define(name, expression, declared)
    return { compiler, name: `${group}/${version}, Kind=${kind}` }
  })
  return function* (expression) {
    const complaints = yield* flatMapSteps(compilers, function* ({ compiler, name }): Steps<readonly string[]> {
      const compiled = yield* compiler.compile(expression, declared)
      return compiled.ok || compiled.error.kind === 'internal' ? [] : [`${name}: ${compiled.error.detail.replace('compilation failed: ', '')}\n`]
    })
    return complaints.join('\n')
  }
}

/** @returns undefined: the status is about this generation already */
export function* decide(policy: ValidatingAdmissionPolicy): Steps<ValidatingAdmissionPolicyStatus | undefined> {
  const { generation = 0 } = policy.metadata
  if (generation <= (policy.status?.observedGeneration ?? 0)) return undefined
  const check = yield* checker(policy)
  const expressionWarnings = yield* flatMapSteps(policy.spec?.validations ?? [], function* ({ expression, messageExpression }, i): Steps<
    readonly ExpressionWarning[]
  > {
    const fields = [['expression', expression] as const, ...(messageExpression ? [['messageExpression', messageExpression] as const] : [])]
    return yield* flatMapSteps(fields, function* ([field, source]): Steps<readonly ExpressionWarning[]> {
      const warning = yield* check(source)
      return warning ? [{ fieldRef: `spec.validations[${i}].${field}`, warning }] : []
    })
  })
  return { observedGeneration: generation, typeChecking: expressionWarnings.length > 0 ? { expressionWarnings } : {} }
}
