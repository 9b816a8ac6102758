import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { at, items, text } from '../view.ts'

const paramKind = (object: JsonObject) =>
  at(object, 'spec.paramKind') ? `${text(object, 'spec.paramKind.apiVersion')}/${text(object, 'spec.paramKind.kind')}` : '<unset>'

/** A Go struct's `%v`, as upstream prints a selector here. */
function goSelector(selector: JsonObject): string {
  const labels = Object.entries((selector['matchLabels'] ?? {}) as Record<string, string>)
    .map(([key, value]) => `${key}: ${value},`)
    .sort()
    .join('')
  const expressions = items(selector, 'matchExpressions').map(
    (each) =>
      `LabelSelectorRequirement{Key:${text(each, 'key')},Operator:${text(each, 'operator')},Values:[${((each['values'] ?? []) as string[]).join(' ')}],}`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions.map((each) => `${each},`).join('')}},}`
}

function paramRef(object: JsonObject): string {
  const name = text(object, 'spec.paramRef.name')
  if (name) return `${text(object, 'spec.paramRef.namespace', '*')}/${name}`
  const selector = at(object, 'spec.paramRef.selector')
  return selector ? goSelector(selector as JsonObject) : '<unset>'
}

const policy = (rules: string): KindCells => ({
  ParamKind: paramKind,
  Mutations: (object) => items(object, rules).length,
  Validations: (object) => items(object, rules).length,
})
const binding: KindCells = { PolicyName: (object) => text(object, 'spec.policyName'), ParamRef: paramRef }
const webhooks: KindCells = { Webhooks: (object) => items(object, 'webhooks').length }

export const admissionCells: Readonly<Record<string, KindCells>> = {
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': policy('spec.mutations'),
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': binding,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': policy('spec.validations'),
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': binding,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
}
