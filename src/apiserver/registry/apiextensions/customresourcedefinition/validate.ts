// CustomResourceDefinitions, but for their schemas. Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go.
import type { CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionSpec } from '../../../../api/apiextensions/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { isDns1035Label, isDns1123Subdomain, type Messages } from '../../../../apimachinery/validation/names.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { requiredOneOf } from '../../shared/pod-spec/invalid-values.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { validateClientConfig } from '../../admissionregistration/webhookconfiguration/validate-client.ts'
import { shownVersions, validateVersionNames, validateVersionParts } from './validate-versions.ts'

const approval = 'api-approved.kubernetes.io'
const approvalHelp = 'see https://github.com/kubernetes/enhancements/pull/1111'
const reviewVersions = ['v1', 'v1beta1']

const joined = (field: string, value: unknown, messages: Messages): readonly FieldError[] =>
  messages.length > 0 ? [invalid(field, value, messages.join(','))] : []

function validateGroup(group: string): readonly FieldError[] {
  if (group === '') return [required('spec.group')]
  const errors = joined('spec.group', group, isDns1123Subdomain(group))
  return errors.length > 0 || group.includes('.') ? errors : [invalid('spec.group', group, 'should be a domain with at least one dot')]
}

/** @param field of the names: of the spec, or those accepted */
function validateNames(field: string, names: CustomResourceDefinitionNames): readonly FieldError[] {
  const { plural = '', singular = '', kind = '', listKind = '', shortNames = [], categories = [] } = names
  const label = (name: string, value: string) => (value ? joined(`${field}.${name}`, value, isDns1035Label(value)) : [])
  const lower = (name: string, value: string) => (value ? joined(`${field}.${name}`, value, isDns1035Label(value.toLowerCase())) : [])
  return [
    ...label('plural', plural),
    ...label('singular', singular),
    ...lower('kind', kind),
    ...lower('listKind', listKind),
    ...shortNames.flatMap((name, i) => joined(`${field}.shortNames[${i}]`, name, isDns1035Label(name))),
    ...(kind && kind === listKind ? [invalid(`${field}.listKind`, listKind, 'kind and listKind may not be the same')] : []),
    ...categories.flatMap((name, i) => joined(`${field}.categories[${i}]`, name, isDns1035Label(name))),
  ]
}

function validateConversion({ conversion }: CustomResourceDefinitionSpec): readonly FieldError[] {
  if (!conversion) return []
  const field = 'spec.conversion'
  const { strategy, webhook } = conversion
  const versions = webhook?.conversionReviewVersions ?? []
  const errors = [...requiredOneOf(`${field}.strategy`, strategy, ['None', 'Webhook'])]
  if (strategy !== 'Webhook') {
    const why = 'should not be set when strategy is not set to Webhook'
    if (webhook?.clientConfig) errors.push(forbidden(`${field}.webhookClientConfig`, why))
    if (versions.length > 0) errors.push(forbidden(`${field}.conversionReviewVersions`, why))
    return errors
  }
  if (webhook?.clientConfig) errors.push(...validateClientConfig(`${field}.webhookClientConfig`, webhook.clientConfig))
  else errors.push(required(`${field}.webhookClientConfig`, 'required when strategy is set to Webhook'))
  if (versions.length === 0) return [...errors, required(`${field}.conversionReviewVersions`)]
  const bad = versions.flatMap((version, i) => joined(`${field}.conversionReviewVersions[${i}]`, version, isDns1035Label(version)))
  if (bad.length > 0 || versions.some((version) => reviewVersions.includes(version))) return [...errors, ...bad]
  return [...errors, invalid(`${field}.conversionReviewVersions`, versions, `must include at least one of ${reviewVersions.join(', ')}`)]
}

function validateSpec(spec: CustomResourceDefinitionSpec): readonly FieldError[] {
  const { group = '', scope, names = {} as CustomResourceDefinitionNames, preserveUnknownFields } = spec
  const versions = spec.versions ?? []
  const known = versions.map(({ name }) => name)
  const list = 'spec.versions'
  return [
    ...validateGroup(group),
    ...(scope
      ? scope === 'Cluster' || scope === 'Namespaced'
        ? []
        : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])]
      : [required('spec.scope')]),
    ...validateVersionNames(spec),
    ...(preserveUnknownFields
      ? [invalid('spec.preserveUnknownFields', true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead')]
      : []),
    ...versions.flatMap(({ schema }, i) => (schema?.openAPIV3Schema ? [] : [required(`${list}[${i}].schema.openAPIV3Schema`)])),
    ...(new Set(known).size < known.length ? [invalid(list, shownVersions(spec), 'must contain unique version names')] : []),
    ...(versions.filter(({ storage }) => storage).length === 1
      ? []
      : [invalid(list, shownVersions(spec), 'must have exactly one version marked as storage version')]),
    ...(known[0] === undefined ? [] : joined('spec.version', known[0], isDns1035Label(known[0]))),
    ...(['plural', 'singular', 'kind', 'listKind'] as const).flatMap((name) => (names[name] ? [] : [required(`spec.names.${name}`)])),
    ...validateNames('spec.names', names),
    ...validateVersionParts(spec),
    ...validateConversion(spec),
  ]
}

function validateStored({ spec, status }: CustomResourceDefinition): readonly FieldError[] {
  const field = 'status.storedVersions'
  const stored = status?.storedVersions ?? []
  if (stored.length === 0) return [invalid(field, status?.storedVersions ?? null, 'must have at least one stored version')]
  const known = new Set((spec.versions ?? []).map(({ name }) => name))
  const missing = (spec.versions ?? []).filter(({ name, storage }) => storage && !stored.includes(name))
  const gone = stored.flatMap((name, i) => {
    if (known.has(name)) return []
    const until = `must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`
    return [invalid(`${field}[${i}]`, name, `missing from spec.versions; ${name} was previously a storage version, and ${until}`)]
  })
  return [...missing.map(({ name }) => invalid(field, stored, `must have the storage version ${name}`)), ...gone]
}

const isProtected = (group: string) => ['k8s.io', 'kubernetes.io'].some((domain) => group === domain || group.endsWith(`.${domain}`))

/** Groups of the project are given to APIs that it has looked at. */
function validateApproval({ metadata, spec }: CustomResourceDefinition): readonly FieldError[] {
  if (!isProtected(spec.group ?? '')) return []
  const field = `metadata.annotations[${approval}]`
  const value = ownValue(metadata.annotations, approval) ?? ''
  const rule = `protected groups must have approval annotation "${approval}"`
  if (value === '') return [required(field, `${rule}, ${approvalHelp}`)]
  if (value.startsWith('unapproved') || /^[a-z][a-z0-9+.-]*:\/\/[^/]+/i.test(value)) return []
  return [invalid(field, value, `${rule} with either a URL or a reason starting with "unapproved", ${approvalHelp}`)]
}

function validateName({ metadata, spec }: CustomResourceDefinition): readonly FieldError[] {
  if (metadata.name === `${spec.names?.plural ?? ''}.${spec.group ?? ''}`) return []
  return [invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')]
}

export const validateDefinition = (definition: CustomResourceDefinition): readonly FieldError[] => [
  ...validateName(definition),
  ...validateSpec(definition.spec),
  ...validateNames('status.acceptedNames', definition.status?.acceptedNames ?? ({} as CustomResourceDefinitionNames)),
  ...validateStored(definition),
  ...validateApproval(definition),
]

export function validateDefinitionUpdate(definition: CustomResourceDefinition, old: CustomResourceDefinition): readonly FieldError[] {
  const established = old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')
  const { spec } = definition
  return [
    ...validateDefinition(definition),
    ...(established
      ? [...validateImmutable('spec.scope', spec.scope, old.spec.scope), ...validateImmutable('spec.names.kind', spec.names.kind, old.spec.names.kind)]
      : []),
    ...validateImmutable('spec.group', spec.group, old.spec.group),
    ...validateImmutable('spec.names.plural', spec.names.plural, old.spec.names.plural),
  ]
}
