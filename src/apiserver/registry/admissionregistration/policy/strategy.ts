// Admission policies: everything but what their expressions say. Source: pkg/registry/admissionregistration/*admissionpolicy/strategy.go,
// pkg/apis/admissionregistration/{v1/defaults.go,validation}.
import type {
  MatchResources,
  MutatingAdmissionPolicy,
  Mutation,
  ParamKind,
  ValidatingAdmissionPolicy,
  Validation,
  Variable,
} from '../../../../api/admissionregistration/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { duplicate, type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { isCIdentifier, isDns1035Label, isDns1123Subdomain, isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { invalidAll, oneOf, requiredOneOf } from '../../shared/pod-spec/invalid-values.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { matchDefaults, scopeDefaults, validateMatchConditions, validateMatchResources } from '../validate-rules.ts'

export function matchResourcesDefaults(match: Mutable<MatchResources> | undefined): void {
  if (!match) return
  matchDefaults(match)
  scopeDefaults(match.resourceRules)
  scopeDefaults(match.excludeResourceRules)
}

function validateParamKind({ apiVersion, kind }: ParamKind): readonly FieldError[] {
  const field = 'spec.paramKind'
  const errors: FieldError[] = []
  if (!apiVersion) errors.push(required(`${field}.apiVersion`))
  else {
    const [first, second, ...rest] = apiVersion.split('/')
    const [group, version] = second === undefined ? ['', first!] : [first!, second]
    if (rest.length > 0) errors.push(invalid(`${field}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`))
    else {
      if (second !== undefined) errors.push(...invalidAll(`${field}.apiVersion`, group, isDns1123Subdomain(group)))
      errors.push(...invalidAll(`${field}.apiVersion`, version, isDns1035Label(version)))
    }
  }
  return [...errors, ...(kind ? invalidAll(`${field}.kind`, kind, isDns1035Label(kind.toLowerCase())) : [required(`${field}.kind`)])]
}

function validateVariables(variables: readonly Variable[] = []): readonly FieldError[] {
  const names = variables.map(({ name }) => name)
  return variables.flatMap(({ name, expression }, i) => {
    const at = `spec.variables[${i}]`
    return [
      ...(name ? invalidAll(`${at}.name`, name, isCIdentifier(name)) : [required(`${at}.name`, 'name is not specified')]),
      ...(name && names.indexOf(name) < i ? [duplicate(`${at}.name`, name)] : []),
      ...(expression?.trim() ? [] : [required(`${at}.expression`, 'expression is not specified')]),
    ]
  })
}

function validateConstraints(match: MatchResources | undefined): readonly FieldError[] {
  const field = 'spec.matchConstraints'
  if (!match) return [required(field)]
  return [...validateMatchResources(field, match), ...(match.resourceRules?.length ? [] : [required(`${field}.resourceRules`)])]
}

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized']

function validateValidation(at: string, { expression, message, messageExpression, reason }: Validation): readonly FieldError[] {
  const errors: FieldError[] = expression?.trim() ? [] : [required(`${at}.expression`, 'expression is not specified')]
  if (messageExpression !== undefined && messageExpression.trim() === '' && messageExpression.length > 0) {
    errors.push(invalid(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'))
  }
  if (message && message.trim() === '') errors.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'))
  else if (message?.trim().includes('\n')) errors.push(invalid(`${at}.message`, message, 'message must not contain line breaks'))
  else if (!message && expression?.includes('\n')) errors.push(required(`${at}.message`, 'message must be specified if expression contains line breaks'))
  if (reason && !reasons.includes(reason)) errors.push(notSupported(`${at}.reason`, reason, reasons))
  return errors
}

function validateValidatingPolicy({ spec }: ValidatingAdmissionPolicy): readonly FieldError[] {
  const { failurePolicy, paramKind, matchConstraints, matchConditions, variables, validations = [], auditAnnotations = [] } = spec ?? {}
  const keys = auditAnnotations.map(({ key }) => key)
  const nothing = validations.length === 0 && auditAnnotations.length === 0
  return [
    ...requiredOneOf('spec.failurePolicy', failurePolicy, ['Fail', 'Ignore']),
    ...(paramKind ? validateParamKind(paramKind) : []),
    ...validateConstraints(matchConstraints),
    ...validateMatchConditions('spec.matchConditions', matchConditions),
    ...validateVariables(variables),
    ...(nothing ? [required('spec.validations', 'validations or auditAnnotations must be non-empty')] : []),
    ...(nothing ? [required('spec.auditAnnotations', 'validations or auditAnnotations must be non-empty')] : []),
    ...validations.flatMap((validation, i) => validateValidation(`spec.validations[${i}]`, validation)),
    ...auditAnnotations.flatMap(({ key, valueExpression }, i) => {
      const at = `spec.auditAnnotations[${i}]`
      return [
        ...(key ? invalidAll(`${at}.key`, key, isQualifiedName(key)) : [required(`${at}.key`)]),
        ...(valueExpression?.trim() ? [] : [required(`${at}.valueExpression`, 'valueExpression is not specified')]),
        ...(key && keys.indexOf(key) < i ? [duplicate(`${at}.key`, key)] : []),
      ]
    }),
  ]
}

const mutationKinds = [
  ['ApplyConfiguration', 'applyConfiguration'],
  ['JSONPatch', 'jsonPatch'],
] as const

function validateMutation(at: string, mutation: Mutation): readonly FieldError[] {
  const { patchType } = mutation
  const types = mutationKinds.map(([type]) => type)
  if (!patchType) return [required(`${at}.patchType`)]
  const own = mutationKinds.find(([type]) => type === patchType)
  if (!own) return [notSupported(`${at}.patchType`, patchType, types)]
  const other = mutationKinds.find(([type]) => type !== patchType)!
  const errors: FieldError[] = []
  if (!mutation[own[1]]) errors.push(required(`${at}.${own[1]}`, `must be specified when patchType is ${patchType}`))
  else if (!mutation[own[1]]?.expression?.trim()) errors.push(required(`${at}.${own[1]}.expression`, 'expression is not specified'))
  if (mutation[other[1]]) errors.push(invalid(`${at}.${other[1]}`, `{${other[1]}}`, `must not be specified when patchType is ${patchType}`))
  return errors
}

function validateMutatingPolicy({ spec }: MutatingAdmissionPolicy): readonly FieldError[] {
  const { failurePolicy, paramKind, matchConstraints, matchConditions, variables, mutations = [], reinvocationPolicy } = spec ?? {}
  return [
    ...requiredOneOf('spec.failurePolicy', failurePolicy, ['Fail', 'Ignore']),
    ...(paramKind ? validateParamKind(paramKind) : []),
    ...validateConstraints(matchConstraints),
    ...validateMatchConditions('spec.matchConditions', matchConditions),
    ...validateVariables(variables),
    ...(mutations.length === 0 ? [required('spec.mutations', 'mutations must contain at least one item')] : []),
    ...mutations.flatMap((mutation, i) => validateMutation(`spec.mutations[${i}]`, mutation)),
    ...(reinvocationPolicy ? oneOf('spec.reinvocationPolicy', reinvocationPolicy, ['IfNeeded', 'Never']) : [required('spec.reinvocationPolicy')]),
  ]
}

export const validatingAdmissionPolicyStrategy: Strategy<ValidatingAdmissionPolicy> = {
  allowUnconditionalUpdate: false,
  metadataChecksOnUpdate: ['whole'],
  defaults({ spec }) {
    if (!spec) return
    spec.failurePolicy ??= 'Fail'
    matchResourcesDefaults(spec.matchConstraints)
  },
  prepareForCreate: (_, policy) => clearStatus(policy),
  prepareForUpdate: (_, policy, old) => keepStatus(policy, old),
  validate: (_, policy) => validateValidatingPolicy(policy),
  validateUpdate: (_, policy) => validateValidatingPolicy(policy),
}

export const mutatingAdmissionPolicyStrategy: Strategy<MutatingAdmissionPolicy> = {
  allowUnconditionalUpdate: false,
  metadataChecksOnUpdate: ['whole'],
  defaults({ spec }) {
    if (!spec) return
    spec.failurePolicy ??= 'Fail'
    matchResourcesDefaults(spec.matchConstraints)
  },
  validate: (_, policy) => validateMutatingPolicy(policy),
  validateUpdate: (_, policy) => validateMutatingPolicy(policy),
}
