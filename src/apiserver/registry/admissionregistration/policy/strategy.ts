// Admission policies. Source: pkg/registry/admissionregistration/*admissionpolicy/strategy.go,
// pkg/apis/admissionregistration/{v1/defaults.go,validation}.
import type {
  AuditAnnotation,
  MatchResources,
  MutatingAdmissionPolicy,
  Mutation,
  ValidatingAdmissionPolicy,
  Validation,
  Variable,
} from '../../../../api/admissionregistration/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { duplicate, type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { byteLength, isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { AdmissionCompiler, type Declared } from '../../../../cel/kubernetes/admission/compiler.ts'
import { applyConfigurationType, jsonPatchListType } from '../../../../cel/kubernetes/admission/construction.ts'
import { isCelIdentifier } from '../../../../cel/kubernetes/identifier.ts'
import { boolType, nullType, stringType } from '../../../../cel/types/cel-type.ts'
import { flatMapSteps, type Steps } from '../../../../util/steps.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { expressionErrors } from '../../../expressions/expression-errors.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll, oneOf } from '../../shared/pod-spec/invalid-values.ts'
import { clearStatus, keepStatus, statusAlone } from '../../shared/status.ts'
import { matchDefaults, scopeDefaults, validateMatchConditions, validateMatchResources, validateMutatedOperations } from '../validate-rules.ts'
import { validateParamKind } from './validate-param-kind.ts'
import { validatePolicyStatus } from './validate-status.ts'

export function matchResourcesDefaults(match: Mutable<MatchResources> | undefined): void {
  if (!match) return
  matchDefaults(match)
  scopeDefaults(match.resourceRules)
  scopeDefaults(match.excludeResourceRules)
}

/** Each variable is known to those after it, and to all other expressions. */
function validateVariables(compiler: AdmissionCompiler, variables: readonly Variable[] = [], declared: Declared): Steps<readonly FieldError[]> {
  return flatMapSteps(variables, function* ({ name, expression }, i): Steps<readonly FieldError[]> {
    const at = `spec.variables[${i}]`
    return [
      ...(name?.trim() ? invalidAll(`${at}.name`, name, isCelIdentifier(name)) : [required(`${at}.name`, 'name is not specified')]),
      ...(expression?.trim()
        ? expressionErrors(`${at}.expression`, yield* compiler.define(name ?? '', expression, declared))
        : [required(`${at}.expression`, 'expression is not specified')]),
    ]
  })
}

function validateConstraints(match: MatchResources | undefined): readonly FieldError[] {
  const field = 'spec.matchConstraints'
  if (!match) return [required(field)]
  return [...validateMatchResources(field, match), ...(match.resourceRules?.length ? [] : [required(`${field}.resourceRules`)])]
}

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']

function* validateValidation(compiler: AdmissionCompiler, at: string, validation: Validation, declared: Declared): Steps<readonly FieldError[]> {
  const { expression, message, messageExpression, reason } = validation
  const errors: FieldError[] = expression?.trim()
    ? [...expressionErrors(`${at}.expression`, yield* compiler.compile(expression, declared, [boolType]))]
    : [required(`${at}.expression`, 'expression is not specified')]
  if (messageExpression && messageExpression.trim() === '') errors.push(invalid(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'))
  else if (messageExpression) {
    errors.push(...expressionErrors(`${at}.messageExpression`, yield* compiler.compile(messageExpression, { ...declared, authorizer: false }, [stringType])))
  }
  if (message && message.trim() === '') errors.push(invalid(`${at}.message`, message, 'must be non-empty if specified'))
  else if (/[\n\r]/.test(message?.trim() ?? '')) errors.push(invalid(`${at}.message`, message, 'must not contain line breaks'))
  return [...errors, ...oneOf(`${at}.reason`, reason, reasons)]
}

const auditAnnotationsMax = 20
/** Less than an annotation may have, for an expression often yields more than it is long. */
const valueExpressionBytesMax = 5 * 1024

function* validateAuditAnnotation(
  compiler: AdmissionCompiler,
  at: string,
  { key, valueExpression }: AuditAnnotation,
  policy: string,
  declared: Declared,
): Steps<readonly FieldError[]> {
  const expression = valueExpression?.trim()
  const field = `${at}.valueExpression`
  const published = `${policy}/${key ?? ''}`
  const errors: FieldError[] = [...invalidAll(`${at}.key`, published, isQualifiedName(published))]
  if (!expression) errors.push(required(field, 'valueExpression is not specified'))
  else if (byteLength(expression) > valueExpressionBytesMax) errors.push(required(field, `must not exceed ${valueExpressionBytesMax} bytes in length`))
  else errors.push(...expressionErrors(field, yield* compiler.compile(expression, declared, [stringType, nullType])))
  return errors
}

const shownAnnotation = (annotation: AuditAnnotation) => internalFormOf('io.k8s.api.admissionregistration.v1.AuditAnnotation', annotation)

const nothingToCheck = 'validations or auditAnnotations must contain at least one item'

function* validateValidatingPolicy({ metadata, spec }: ValidatingAdmissionPolicy): Steps<readonly FieldError[]> {
  const { failurePolicy, paramKind, matchConstraints, matchConditions, variables, validations = [], auditAnnotations = [] } = spec ?? {}
  const keys = auditAnnotations.map(({ key }) => key ?? '')
  const compiler = new AdmissionCompiler({ composed: Boolean(variables?.length) })
  const declared = { params: paramKind !== undefined, authorizer: true }
  const nothing = validations.length === 0 && auditAnnotations.length === 0
  return [
    ...oneOf('spec.failurePolicy', failurePolicy, ['Fail', 'Ignore']),
    ...(paramKind ? validateParamKind(paramKind) : []),
    ...validateConstraints(matchConstraints),
    ...(yield* validateMatchConditions('spec.matchConditions', matchConditions, declared.params)),
    ...(yield* validateVariables(compiler, variables, declared)),
    ...(nothing ? [required('spec.validations', nothingToCheck), required('spec.auditAnnotations', nothingToCheck)] : []),
    ...(yield* flatMapSteps(validations, (validation, i) => validateValidation(compiler, `spec.validations[${i}]`, validation, declared))),
    ...(auditAnnotations.length > auditAnnotationsMax
      ? [invalid('spec.auditAnnotations', auditAnnotations.map(shownAnnotation), `must not have more than ${auditAnnotationsMax} auditAnnotations`)]
      : []),
    ...(yield* flatMapSteps(auditAnnotations, function* (annotation, i) {
      const at = `spec.auditAnnotations[${i}]`
      return [
        ...(yield* validateAuditAnnotation(compiler, at, annotation, metadata.name, declared)),
        ...(keys.indexOf(keys[i]!) < i ? [duplicate(`${at}.key`, keys[i])] : []),
      ]
    })),
  ]
}

const mutationKinds = [
  ['ApplyConfiguration', 'applyConfiguration', applyConfigurationType],
  ['JSONPatch', 'jsonPatch', jsonPatchListType],
] as const

function* validateMutation(compiler: AdmissionCompiler, at: string, mutation: Mutation, declared: Declared): Steps<readonly FieldError[]> {
  const { patchType } = mutation
  const types = mutationKinds.map(([type]) => type)
  if (!patchType) return [required(`${at}.patchType`)]
  const own = mutationKinds.find(([type]) => type === patchType)
  if (!own) return [notSupported(`${at}.patchType`, patchType, types)]
  const other = mutationKinds.find(([type]) => type !== patchType)!
  const [, field, wanted] = own
  const expression = mutation[field]?.expression?.trim()
  const errors: FieldError[] = []
  if (!mutation[field]) errors.push(required(`${at}.${field}`, `must be specified when patchType is ${patchType}`))
  else if (!expression) errors.push(required(`${at}.${field}.expression`))
  else errors.push(...expressionErrors(`${at}.${field}.expression`, yield* compiler.compile(expression, declared, [wanted])))
  if (mutation[other[1]]) errors.push(invalid(`${at}.${other[1]}`, `{${other[1]}}`, `must not be specified when patchType is ${patchType}`))
  return errors
}

function* validateMutatingPolicy({ spec }: MutatingAdmissionPolicy): Steps<readonly FieldError[]> {
  const { failurePolicy, paramKind, matchConstraints, matchConditions, variables, mutations = [], reinvocationPolicy } = spec ?? {}
  const compiler = new AdmissionCompiler({ composed: true })
  const declared = { params: paramKind !== undefined, authorizer: true, construction: true }
  return [
    ...oneOf('spec.failurePolicy', failurePolicy, ['Fail', 'Ignore']),
    ...(paramKind ? validateParamKind(paramKind) : []),
    ...validateConstraints(matchConstraints),
    ...validateMutatedOperations('spec.matchConstraints', matchConstraints ?? {}),
    ...(yield* validateMatchConditions('spec.matchConditions', matchConditions, declared.params)),
    ...(yield* validateVariables(compiler, variables, declared)),
    ...(mutations.length === 0 ? [required('spec.mutations', 'mutations must contain at least one item')] : []),
    ...(yield* flatMapSteps(mutations, (mutation, i) => validateMutation(compiler, `spec.mutations[${i}]`, mutation, declared))),
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
  validateInSteps: (_, policy) => validateValidatingPolicy(policy),
  subresources: { status: { ...statusAlone, validateUpdate: (_, policy) => validatePolicyStatus(policy) } },
}

export const mutatingAdmissionPolicyStrategy: Strategy<MutatingAdmissionPolicy> = {
  allowUnconditionalUpdate: false,
  metadataChecksOnUpdate: ['whole'],
  defaults({ spec }) {
    if (!spec) return
    spec.failurePolicy ??= 'Fail'
    matchResourcesDefaults(spec.matchConstraints)
  },
  validateInSteps: (_, policy) => validateMutatingPolicy(policy),
}
