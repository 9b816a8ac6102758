// Where pods may and may not go. Source: pkg/apis/core/validation/validation.go (validateAffinity and below).
import type { Affinity, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinity, PodAffinityTerm } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { validateLabelName, validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { isDns1123Label, isDns1123Subdomain, isLabelValue } from '../../../../apimachinery/validation/names.ts'
import { invalidAll } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'
import { validateMatchLabelKeys } from './validate-label-keys.ts'

function validateRequirement(field: string, requirement: NodeSelectorRequirement, anyValue: boolean): readonly FieldError[] {
  const { key, operator, values = [] } = requirement
  const errors: FieldError[] = []
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) errors.push(forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) errors.push(required(`${field}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
  } else errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'))
  errors.push(...validateLabelName(`${field}.key`, key ?? ''))
  return anyValue ? errors : [...errors, ...values.flatMap((value, index) => invalidAll(`${field}.values[${index}]`, value, isLabelValue(value)))]
}

function validateFieldRequirement(field: string, { key, operator, values = [] }: NodeSelectorRequirement): readonly FieldError[] {
  const errors: FieldError[] = []
  if (operator !== 'In' && operator !== 'NotIn') errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'))
  else if (values.length !== 1) {
    errors.push(required(`${field}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
  }
  if (key !== 'metadata.name') return [...errors, invalid(`${field}.key`, key ?? '', 'not a valid field selector key')]
  return [...errors, ...values.flatMap((value, index) => invalidAll(`${field}.values[${index}]`, value, isDns1123Subdomain(value)))]
}

const validateTerm = (field: string, { matchExpressions = [], matchFields = [] }: NodeSelectorTerm, anyValue: boolean): readonly FieldError[] => [
  ...matchExpressions.flatMap((requirement, index) => validateRequirement(`${field}.matchExpressions[${index}]`, requirement, anyValue)),
  ...matchFields.flatMap((requirement, index) => validateFieldRequirement(`${field}.matchFields[${index}]`, requirement)),
]

/** @param anyValue values of labels are not checked */
export function validateNodeSelector(field: string, { nodeSelectorTerms }: NodeSelector, anyValue = false): readonly FieldError[] {
  const path = `${field}.nodeSelectorTerms`
  if (!nodeSelectorTerms?.length) return [required(path, 'must have at least one node selector term')]
  return nodeSelectorTerms.flatMap((term, index) => validateTerm(`${path}[${index}]`, term, anyValue))
}

const validateWeight = (field: string, weight: number | undefined): readonly FieldError[] =>
  weight !== undefined && weight > 0 && weight <= 100 ? [] : [invalid(field, weight ?? 0, 'must be in the range 1-100')]

function validateNodeAffinity(field: string, affinity: NodeAffinity, options: PodValidationOptions): readonly FieldError[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: must, preferredDuringSchedulingIgnoredDuringExecution: prefer = [] } = affinity
  return [
    ...(must
      ? validateNodeSelector(`${field}.requiredDuringSchedulingIgnoredDuringExecution`, must, options.allowInvalidLabelValueInRequiredNodeAffinity)
      : []),
    ...prefer.flatMap(({ weight, preference }, index) => {
      const path = `${field}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
      return [...validateWeight(`${path}.weight`, weight), ...validateTerm(`${path}.preference`, preference ?? {}, true)]
    }),
  ]
}

function validatePodTerm(field: string, term: PodAffinityTerm, options: PodValidationOptions): readonly FieldError[] {
  const allow = { allowInvalidValues: options.allowInvalidLabelValueInSelector ?? false }
  const { topologyKey = '' } = term
  return [
    ...validateLabelSelector(`${field}.labelSelector`, term.labelSelector, allow),
    ...validateLabelSelector(`${field}.namespaceSelector`, term.namespaceSelector, allow),
    ...(term.namespaces ?? []).flatMap((name) => invalidAll(`${field}.namespace`, name, isDns1123Label(name))),
    ...validateMatchLabelKeys(field, term.matchLabelKeys, term.mismatchLabelKeys, term.labelSelector),
    ...(topologyKey ? [] : [required(`${field}.topologyKey`, 'can not be empty')]),
    ...validateLabelName(`${field}.topologyKey`, topologyKey),
  ]
}

function validatePodAffinity(field: string, affinity: PodAffinity, options: PodValidationOptions): readonly FieldError[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: must = [], preferredDuringSchedulingIgnoredDuringExecution: prefer = [] } = affinity
  return [
    ...must.flatMap((term, index) => validatePodTerm(`${field}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`, term, options)),
    ...prefer.flatMap(({ weight, podAffinityTerm }, index) => {
      const path = `${field}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
      return [...validateWeight(`${path}.weight`, weight), ...validatePodTerm(`${path}.podAffinityTerm`, podAffinityTerm ?? { topologyKey: '' }, options)]
    }),
  ]
}

export const validateAffinity = (field: string, affinity: Affinity | undefined, options: PodValidationOptions): readonly FieldError[] => [
  ...(affinity?.nodeAffinity ? validateNodeAffinity(`${field}.nodeAffinity`, affinity.nodeAffinity, options) : []),
  ...(affinity?.podAffinity ? validatePodAffinity(`${field}.podAffinity`, affinity.podAffinity, options) : []),
  ...(affinity?.podAntiAffinity ? validatePodAffinity(`${field}.podAntiAffinity`, affinity.podAntiAffinity, options) : []),
]
