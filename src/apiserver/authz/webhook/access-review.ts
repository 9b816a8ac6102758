// A question to an authorization webhook as a SubjectAccessReview, and its answer as a decision. Pure.
// Source: k8s.io/apiserver plugin/pkg/authorizer/webhook/webhook.go.
import { parseFieldSelector } from '../../../apimachinery/fields/selector.ts'
import { parseLabelSelector } from '../../../apimachinery/labels/parse.ts'
import type { Requirement } from '../../../apimachinery/labels/requirement.ts'
import { SelectorError } from '../../../apimachinery/labels/selector.ts'
import type { Attributes, Decision } from '../authorizer.ts'

export type ReviewVersion = 'v1' | 'v1beta1'

/** @returns the body to send; its `spec` is all that a decision may depend on */
export function accessReview(attributes: Attributes, version: ReviewVersion): { readonly spec: object } {
  const { user, verb, path } = attributes
  const groups = user.groups.length > 0 ? { [version === 'v1' ? 'groups' : 'group']: user.groups } : {}
  const spec = {
    ...(attributes.isResourceRequest ? { resourceAttributes: resourceAttributes(attributes) } : { nonResourceAttributes: { path, verb } }),
    user: user.name,
    ...groups,
    ...(user.extra.size > 0 ? { extra: Object.fromEntries(user.extra) } : {}),
    ...(user.uid ? { uid: user.uid } : {}),
  }
  return { kind: 'SubjectAccessReview', apiVersion: `authorization.k8s.io/${version}`, metadata: {}, spec } as { readonly spec: object }
}

function resourceAttributes(attributes: Attributes): object {
  const { namespace, verb, apiGroup, apiVersion, resource, subresource, name, fieldSelector, labelSelector } = attributes
  const fields = fieldRequirements(fieldSelector)
  const labels = labelRequirements(labelSelector)
  return {
    ...(namespace ? { namespace } : {}),
    ...(verb ? { verb } : {}),
    ...(apiGroup ? { group: apiGroup } : {}),
    ...(apiVersion ? { version: apiVersion } : {}),
    ...(resource ? { resource } : {}),
    ...(subresource ? { subresource } : {}),
    ...(name ? { name } : {}),
    ...(fields.length > 0 ? { fieldSelector: { requirements: fields } } : {}),
    ...(labels.length > 0 ? { labelSelector: { requirements: labels } } : {}),
  }
}

/** A selector that cannot be read narrows nothing: the question is the wider one. */
function unlessUnreadable<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read()
  } catch (error) {
    if (error instanceof SelectorError) return []
    throw error
  }
}

const fieldRequirements = (text = '') =>
  unlessUnreadable(() =>
    parseFieldSelector(text).terms.map(({ field, operator, value }) => ({ key: field, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] })),
  )

const labelRequirements = (text = '') => unlessUnreadable(() => parseLabelSelector(text).requirements.flatMap(labelRequirement))

function labelRequirement({ key, operator, values }: Requirement): object | readonly [] {
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return { key, operator: 'In', values }
    case '!=':
    case 'notin':
      return { key, operator: 'NotIn', values }
    case 'exists':
      return { key, operator: 'Exists' }
    case '!':
      return { key, operator: 'DoesNotExist' }
    case 'gt':
    case 'lt':
      return [] // there is no word for them
  }
}

/** @param answer what the webhook has sent. @throws {Error} for what is no review */
export function decisionOf(answer: unknown): Decision {
  const status = (answer as { readonly status?: unknown } | null)?.status
  if (typeof status !== 'object' || status === null) throw new Error('the webhook has not answered with a SubjectAccessReview')
  const { allowed, denied, reason, evaluationError } = status as Readonly<Record<string, unknown>>
  const why = typeof reason === 'string' ? reason : ''
  if (denied === true && allowed === true) {
    return { outcome: 'deny', reason: why, error: 'webhook subject access review returned both allow and deny response' }
  }
  const error = typeof evaluationError === 'string' && evaluationError ? { error: evaluationError } : {}
  return { outcome: denied === true ? 'deny' : allowed === true ? 'allow' : 'no-opinion', reason: why, ...error }
}
