// Bindings of admission policies. Source: pkg/registry/admissionregistration/*admissionpolicybinding/strategy.go, validation.go.
import type { MatchResources, MutatingAdmissionPolicyBinding, ParamRef, ValidatingAdmissionPolicyBinding } from '../../../../api/admissionregistration/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { isPathSegmentName } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { invalidAll, subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { validateMatchResources, validateMutatedOperations } from '../validate-rules.ts'
import { matchResourcesDefaults } from './strategy.ts'

const actionsKnown = ['Audit', 'Deny', 'Warn']

function validateParamRef({ name = '', selector, parameterNotFoundAction: action }: ParamRef): readonly FieldError[] {
  const field = 'spec.paramRef'
  const errors: FieldError[] = []
  if (name) errors.push(...invalidAll(`${field}.name`, name, isPathSegmentName(name)))
  if (name && selector) {
    for (const part of ['name', 'selector']) errors.push(forbidden(`${field}.${part}`, 'name and selector are mutually exclusive'))
  }
  if (selector) errors.push(...validateLabelSelector(`${field}.selector`, selector))
  if (!name && !selector) errors.push(required(field, 'one of name or selector must be specified'))
  if (!action) errors.push(required(`${field}.parameterNotFoundAction`))
  else if (action !== 'Deny' && action !== 'Allow') errors.push(notSupported(`${field}.parameterNotFoundAction`, action, ['Deny', 'Allow']))
  return errors
}

function validateCommon(spec: { readonly policyName?: string; readonly paramRef?: ParamRef; readonly matchResources?: MatchResources }): readonly FieldError[] {
  const { policyName, paramRef, matchResources } = spec
  return [
    ...(policyName ? subdomain('spec.policyName', policyName) : [required('spec.policyName')]),
    ...(paramRef ? validateParamRef(paramRef) : []),
    ...(matchResources ? validateMatchResources('spec.matchResources', matchResources) : []),
  ]
}

function validateActions(actions: readonly string[]): readonly FieldError[] {
  const field = 'spec.validationActions'
  if (actions.length === 0) return [required(field, 'at least one validation action is required')]
  const errors = actions.flatMap((action, i) => [
    ...(actionsKnown.includes(action) ? [] : [notSupported(`${field}[${i}]`, action, actionsKnown)]),
    ...(actions.indexOf(action) < i ? [duplicate(`${field}[${i}]`, action)] : []),
  ])
  if (!actions.includes('Deny') || !actions.includes('Warn')) return errors
  const why = 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
  return [...errors, invalid(field, actions, why)]
}

const validateValidating = ({ spec }: ValidatingAdmissionPolicyBinding) => [...validateCommon(spec ?? {}), ...validateActions(spec?.validationActions ?? [])]

const validateMutating = ({ spec }: MutatingAdmissionPolicyBinding) => [
  ...validateCommon(spec ?? {}),
  ...validateMutatedOperations('spec.matchResources', spec?.matchResources ?? {}),
]

export const validatingAdmissionPolicyBindingStrategy: Strategy<ValidatingAdmissionPolicyBinding> = {
  allowUnconditionalUpdate: false,
  metadataChecksOnUpdate: ['whole'],
  defaults: ({ spec }) => matchResourcesDefaults(spec?.matchResources),
  validate: (_, binding) => validateValidating(binding),
  validateUpdate: (_, binding) => validateValidating(binding),
}

export const mutatingAdmissionPolicyBindingStrategy: Strategy<MutatingAdmissionPolicyBinding> = {
  allowUnconditionalUpdate: false,
  metadataChecksOnUpdate: ['whole'],
  defaults: ({ spec }) => matchResourcesDefaults(spec?.matchResources),
  validate: (_, binding) => validateMutating(binding),
  validateUpdate: (_, binding) => validateMutating(binding),
}
