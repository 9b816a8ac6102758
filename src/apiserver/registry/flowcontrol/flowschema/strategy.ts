// FlowSchemas. Source: pkg/registry/flowcontrol/flowschema/strategy.go, pkg/apis/flowcontrol/{v1/defaults.go,validation}.
import type { FlowSchema, FlowSchemaSpec, NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from '../../../../api/flowcontrol/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { isDns1123Label, isDns1123Subdomain } from '../../../../apimachinery/validation/names.ts'
import { mandatoryFlowSchemas } from '../../../flowcontrol/bootstrap-objects.ts'
import { isSame } from '../../../flowcontrol/same-spec.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll, subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { clearStatus, keepStatus, statusAlone } from '../../shared/status.ts'
import { validateConditionTypes } from '../validate-condition-types.ts'

const precedenceMax = 10_000
const precedenceDefault = 1000
const verbsKnown = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']

const methods = ['ByNamespace', 'ByUser']

const kinds = [
  ['ServiceAccount', 'serviceAccount'],
  ['User', 'user'],
  ['Group', 'group'],
] as const

function validateServiceAccount(field: string, { name, namespace }: NonNullable<Subject['serviceAccount']>): readonly FieldError[] {
  return [
    ...(name ? (name === '*' ? [] : invalidAll(`${field}.name`, name, isDns1123Subdomain(name))) : [required(`${field}.name`)]),
    ...(namespace
      ? invalidAll(`${field}.namespace`, namespace, isDns1123Label(namespace))
      : [required(`${field}.namespace`, 'must specify namespace for service account')]),
  ]
}

function validateSubject(field: string, subject: Subject): readonly FieldError[] {
  const known = kinds.find(([kind]) => kind === subject.kind)
  if (!known) return [notSupported(`${field}.kind`, subject.kind ?? '', ['Group', 'ServiceAccount', 'User'])]
  const [kind, own] = known
  const errors: FieldError[] = []
  if (!subject[own]) errors.push(required(`${field}.${own}`, `${own} is required when subject kind is '${kind}'`))
  else if (own === 'serviceAccount') errors.push(...validateServiceAccount(`${field}.serviceAccount`, subject.serviceAccount!))
  else if (!subject[own].name) errors.push(required(`${field}.${own}.name`))
  for (const [other, name] of kinds) {
    if (name !== own && subject[name]) errors.push(forbidden(`${field}.${name}`, `${name} is forbidden when subject kind is not '${other}'`))
  }
  return errors
}

/** A list that names at least one, or everything by a star alone. */
function validateList(field: string, list: readonly string[], missing: string, others: string): readonly FieldError[] {
  if (list.length === 0) return [required(field, missing)]
  return list.length > 1 && list.includes('*') ? [invalid(field, list, `if '*' is present, must not specify other ${others}`)] : []
}

function validateVerbs(field: string, verbs: readonly string[]): readonly FieldError[] {
  const errors = validateList(field, verbs, 'verbs must contain at least one value', 'verbs')
  if (errors.length > 0 || verbs.includes('*') || verbs.every((verb) => verbsKnown.includes(verb))) return errors
  return [notSupported(field, verbs, verbsKnown)]
}

function validatePath(field: string, path: string): readonly FieldError[] {
  if (path === '') return [invalid(field, path, 'must not be empty')]
  if (!path.startsWith('/')) return [invalid(field, path, 'must start with slash')]
  if (path.includes(' ')) return [invalid(field, path, 'must not contain white-space')]
  if (path.includes('//')) return [invalid(field, path, 'must not contain double slash')]
  const star = path.indexOf('*')
  return star < 0 || (star === path.length - 1 && path.endsWith('/*')) ? [] : [invalid(field, path, 'wildcard can only do suffix matching')]
}

function validateNonResourceRule(field: string, { verbs, nonResourceURLs }: NonResourcePolicyRule): readonly FieldError[] {
  const urls = nonResourceURLs ?? []
  const at = `${field}.nonResourceURLs`
  const list = validateList(at, urls, 'nonResourceURLs must contain at least one value', 'non-resource URLs')
  const paths = list.length > 0 || urls.includes('*') ? [] : urls.flatMap((url, i) => validatePath(`${at}[${i}]`, url))
  return [...validateVerbs(`${field}.verbs`, verbs ?? []), ...list, ...paths]
}

function validateResourceRule(field: string, rule: ResourcePolicyRule): readonly FieldError[] {
  const { verbs, apiGroups, resources, clusterScope } = rule
  const namespaces = rule.namespaces ?? []
  const at = `${field}.namespaces`
  const missing = 'resource rules that are not cluster scoped must supply at least one namespace'
  const inNamespaces = namespaces.length === 0 && clusterScope ? [] : validateList(at, namespaces, missing, 'namespaces')
  const bad = namespaces.flatMap((name, i) => {
    if (name === '*') return []
    const messages = isDns1123Label(name).map((message) => `each member of this list must be '*' or a DNS-1123 label; ${message}`)
    return invalidAll(`${at}[${i}]`, name, messages)
  })
  return [
    ...validateVerbs(`${field}.verbs`, verbs ?? []),
    ...validateList(`${field}.apiGroups`, apiGroups ?? [], 'resource rules must supply at least one api group', 'api groups'),
    ...validateList(`${field}.resources`, resources ?? [], 'resource rules must supply at least one resource', 'resources'),
    ...inNamespaces,
    ...(inNamespaces.length > 0 ? [] : bad),
  ]
}

function validateRule(field: string, { subjects, resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects): readonly FieldError[] {
  const who = subjects ?? []
  const what = resourceRules.length + nonResourceRules.length
  return [
    ...(who.length === 0 ? [required(`${field}.subjects`, 'subjects must contain at least one value')] : []),
    ...who.flatMap((subject, i) => validateSubject(`${field}.subjects[${i}]`, subject)),
    ...(what === 0 ? [required(field, 'at least one of resourceRules and nonResourceRules has to be non-empty')] : []),
    ...resourceRules.flatMap((rule, i) => validateResourceRule(`${field}.resourceRules[${i}]`, rule)),
    ...nonResourceRules.flatMap((rule, i) => validateNonResourceRule(`${field}.nonResourceRules[${i}]`, rule)),
  ]
}

/** The message shows the whole method, not its type. */
function validateDistinguisher(method: FlowSchemaSpec['distinguisherMethod']): readonly FieldError[] {
  if (!method || methods.includes(method.type)) return []
  return [notSupported('spec.distinguisherMethod.type', internalFormOf('io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod', method), methods)]
}

function validate({ metadata, spec }: FlowSchema): readonly FieldError[] {
  const { matchingPrecedence = 0, distinguisherMethod, priorityLevelConfiguration, rules = [] } = (spec ?? {}) as FlowSchemaSpec
  const field = 'spec.matchingPrecedence'
  const level = priorityLevelConfiguration?.name ?? ''
  const levelField = 'spec.priorityLevelConfiguration.name'
  return [
    ...(matchingPrecedence <= 0 ? [invalid(field, matchingPrecedence, 'must be a positive value')] : []),
    ...(matchingPrecedence > precedenceMax ? [invalid(field, matchingPrecedence, `must not be greater than ${precedenceMax}`)] : []),
    ...(matchingPrecedence === 1 && metadata.name !== 'exempt'
      ? [invalid(field, matchingPrecedence, "only the schema named 'exempt' may have matchingPrecedence 1")]
      : []),
    ...validateDistinguisher(distinguisherMethod),
    ...(level ? subdomain(levelField, level) : [required(levelField, 'must reference a priority level')]),
    ...rules.flatMap((rule, i) => validateRule(`spec.rules[${i}]`, rule)),
    ...validateMandatory(metadata.name, spec),
  ]
}

function validateMandatory(name: string | undefined, spec: FlowSchemaSpec): readonly FieldError[] {
  const mandatory = mandatoryFlowSchemas.find(({ metadata }) => metadata.name === name)
  if (!mandatory || isSame(mandatory.spec, spec)) return []
  return [invalid('spec', internalFormOf('io.k8s.api.flowcontrol.v1.FlowSchemaSpec', spec), `spec of '${name}' must equal the fixed value`)]
}

/** A rule may be for no namespace. */
function emptyNamespaces({ spec }: Mutable<FlowSchema>): void {
  for (const rule of (spec?.rules ?? []).flatMap(({ resourceRules }) => resourceRules ?? [])) emptyAsNull(rule, 'namespaces')
}

export const flowSchemaStrategy: Strategy<FlowSchema> = {
  metadataChecksOnUpdate: ['whole'],
  defaults({ spec }) {
    if (spec) spec.matchingPrecedence ||= precedenceDefault
  },
  prepareForCreate(_, flowSchema) {
    clearStatus(flowSchema)
    emptyNamespaces(flowSchema)
  },
  prepareForUpdate(_, flowSchema, old) {
    keepStatus(flowSchema, old)
    emptyNamespaces(flowSchema)
  },
  validate: (_, flowSchema) => validate(flowSchema),
  validateUpdate: (_, flowSchema) => validate(flowSchema),
  subresources: { status: { ...statusAlone, metadataChecksOnUpdate: [], validateUpdate: (_, { status }) => validateConditionTypes(status?.conditions) } },
}
