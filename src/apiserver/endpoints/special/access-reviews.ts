// What somebody may do. Source: kubernetes pkg/registry/authorization, pkg/apis/authorization/validation.
import { ApiError, badRequest } from '../../../apimachinery/api-error.ts'
import type { FieldError } from '../../../apimachinery/field-errors.ts'
import { invalid, newInvalid } from '../../../apimachinery/field-errors.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { Attributes, Authorizer, Decision, Rule, RuleResolver } from '../../authz/authorizer.ts'
import type { UserInfo } from '../../authn/user.ts'
import type { ApiRequest, ApiResponse } from '../../http/api-request.ts'
import type { ResourceHandlerDeps, SubresourceHandler } from '../deps.ts'
import { fieldManagerOf } from '../write-context.ts'
import { type AccessSpec, shownPath, validateAccessSpec } from './access-validation.ts'
import { answer, postedKind, readPosted } from './posted.ts'
import { selectorText } from './selector-attributes.ts'

interface AccessReview {
  readonly metadata: JsonObject
  readonly spec: AccessSpec
}

/** @param allowed what may be there besides managed fields */
function metadataErrors(metadata: JsonObject, allowed: 'namespace' | undefined): readonly FieldError[] {
  if (Object.keys(metadata).every((name) => name === 'managedFields' || name === allowed)) return []
  const { name, generateName, namespace, ...rest } = metadata
  return [invalid('metadata', { name, generateName, namespace, ...rest }, allowed ? `must be empty except for ${allowed}` : 'must be empty')]
}

const reviewOf =
  (
    plural: string,
    authorizer: Authorizer,
    userOf: (spec: AccessSpec, request: ApiRequest) => UserInfo,
    check: (review: AccessReview) => readonly FieldError[],
  ): SubresourceHandler =>
  async (request, { deps }) => {
    const kind = postedKind(`authorization.k8s.io/v1/${plural}`)
    const { object, query, negotiated } = await readPosted<AccessReview>(deps, request, kind)
    const managed = deps.fieldManagement.update({
      ...kind,
      plural,
      subresource: '',
      live: undefined,
      object: object as unknown as JsonObject,
      manager: fieldManagerOf(request, query.fieldManager),
      nowMs: deps.clock.now(),
    })
    const errors = check({ ...object, metadata: managed['metadata'] as JsonObject })
    if (errors.length > 0) throw invalidReview(errors)
    const user = userOf(object.spec, request)
    const { attributes, error } = attributesOf(object.spec, user)
    const decision = authorizer.authorize(attributes)
    return respond(deps, request, negotiated, kind.type, managed, decision instanceof Promise ? await decision : decision, error)
  }

/** Upstream names a group and no kind. */
function invalidReview(errors: readonly FieldError[]): ApiError {
  const { message, details } = newInvalid({ group: 'authorization.k8s.io', kind: '' }, '', errors)
  const { kind: _kind, ...rest } = details!
  return new ApiError('Invalid', message, { details: rest })
}

const named = ({ user = '', uid, groups = [], extra = {} }: AccessSpec): UserInfo => ({
  name: user,
  ...(uid ? { uid } : {}),
  groups,
  extra: new Map(Object.entries(extra)),
})

export const subjectAccessReview = (authorizer: Authorizer) =>
  reviewOf('subjectaccessreviews', authorizer, named, ({ spec, metadata }) => [...validateAccessSpec(spec, true), ...metadataErrors(metadata, undefined)])

export const selfSubjectAccessReview = (authorizer: Authorizer) =>
  reviewOf(
    'selfsubjectaccessreviews',
    authorizer,
    (_spec, { user }) => user,
    ({ spec, metadata }) => [...validateAccessSpec(spec, false), ...metadataErrors(metadata, undefined)],
  )

export const localSubjectAccessReview = (authorizer: Authorizer) =>
  reviewOf('localsubjectaccessreviews', authorizer, named, ({ spec, metadata }) => {
    const errors = [...validateAccessSpec(spec, true), ...metadataErrors(metadata, 'namespace')]
    const namespace = spec.resourceAttributes?.namespace ?? ''
    if (spec.resourceAttributes && namespace !== metadata['namespace']) {
      errors.push(invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'))
    }
    const { nonResourceAttributes } = spec
    if (nonResourceAttributes) errors.push(invalid('spec.nonResourceAttributes', shownPath(nonResourceAttributes), 'disallowed on this kind of request'))
    return errors
  })

function attributesOf({ resourceAttributes, nonResourceAttributes }: AccessSpec, user: UserInfo): { attributes: Attributes; error: string } {
  const none = { user, apiGroup: '', apiVersion: '', namespace: '', resource: '', subresource: '', name: '', path: '' }
  if (nonResourceAttributes) {
    const { verb = '', path = '' } = nonResourceAttributes
    return { attributes: { ...none, isResourceRequest: false, verb, path }, error: '' }
  }
  const {
    verb = '',
    group = '',
    version = '',
    namespace = '',
    resource = '',
    subresource = '',
    name = '',
    fieldSelector,
    labelSelector,
  } = resourceAttributes ?? {}
  const fields = selectorText('fieldSelector', fieldSelector)
  const labels = selectorText('labelSelector', labelSelector)
  return {
    attributes: {
      ...none,
      isResourceRequest: true,
      verb,
      apiGroup: group,
      apiVersion: version,
      namespace,
      resource,
      subresource,
      name,
      ...(fields.text ? { fieldSelector: fields.text } : {}),
      ...(labels.text ? { labelSelector: labels.text } : {}),
    },
    error: [fields.error, labels.error].filter((each) => each !== '').join(', '),
  }
}

function respond(
  deps: ResourceHandlerDeps,
  request: ApiRequest,
  negotiated: Parameters<typeof answer>[2],
  type: string,
  review: JsonObject,
  { outcome, reason, error }: Decision,
  selectorError: string,
): ApiResponse {
  const evaluationError = [selectorError, error ?? ''].filter((each) => each !== '').join(', ')
  return answer(deps, request, negotiated, type, {
    ...review,
    status: {
      allowed: outcome === 'allow',
      ...(outcome === 'deny' ? { denied: true } : {}),
      ...(reason ? { reason } : {}),
      ...(evaluationError ? { evaluationError } : {}),
    },
  })
}

export const selfSubjectRulesReview =
  (resolver: RuleResolver): SubresourceHandler =>
  async (request, { deps }) => {
    const kind = postedKind('authorization.k8s.io/v1/selfsubjectrulesreviews')
    const { object, negotiated } = await readPosted<{ spec: { namespace?: string } }>(deps, request, kind)
    const { namespace } = object.spec
    if (!namespace) throw badRequest('no namespace on request')
    const { rules, errors, incomplete = false } = resolver.rulesFor(request.user, namespace)
    return answer(deps, request, negotiated, kind.type, {
      kind: kind.kind,
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec: {},
      status: {
        resourceRules: rules.filter(({ resources }) => resources?.length).map(resourceRule),
        nonResourceRules: rules
          .filter(({ nonResourceURLs }) => nonResourceURLs?.length)
          .map(({ verbs, nonResourceURLs }) => ({ verbs: [...verbs], nonResourceURLs: [...nonResourceURLs!] })),
        incomplete,
        ...(errors.length > 0 ? { evaluationError: errors.join(', ') } : {}),
      },
    })
  }

function resourceRule({ verbs, apiGroups, resources, resourceNames }: Rule): JsonObject {
  return {
    verbs: [...verbs],
    ...(apiGroups ? { apiGroups: [...apiGroups] } : {}),
    ...(resources ? { resources: [...resources] } : {}),
    ...(resourceNames?.length ? { resourceNames: [...resourceNames] } : {}),
  }
}
