// A request as expressions and webhooks are told of it. Source: k8s.io/apiserver pkg/admission/plugin/cel/condition.go
// (CreateAdmissionRequest), pkg/admission/plugin/webhook/request/admissionreview.go.
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { AdmissionAttributes } from '../admission/admission.ts'
import type { Match } from '../rules/request-matcher.ts'

const apiResource = ({ group, version, plural }: AdmissionAttributes['resource']): JsonObject => ({ group, version, resource: plural })

/** Who makes it, in the form of authentication/v1 UserInfo: what is empty is left out. */
export function userInfoOf({ name, uid, groups, extra }: AdmissionAttributes['user']): JsonObject {
  return {
    ...(name ? { username: name } : {}),
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(extra.size > 0 ? { extra: Object.fromEntries([...extra].map(([key, values]) => [key, [...values]])) } : {}),
  }
}

/**
 * An AdmissionRequest (admission/v1) without uid and objects. The keys are in the order of the type's fields.
 * @param match as what a rule has seen the request
 */
export function admissionRequestOf(attributes: AdmissionAttributes, match: Match): JsonObject {
  const { kind, resource, subresource, name, namespace, operation, user, dryRun } = attributes
  return {
    kind: { ...match.kind },
    resource: apiResource(match.resource),
    ...(subresource ? { subResource: subresource } : {}),
    requestKind: { ...kind },
    requestResource: apiResource(resource),
    ...(subresource ? { requestSubResource: subresource } : {}),
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    operation,
    userInfo: userInfoOf(user),
    dryRun,
    options: optionsOf(attributes),
  }
}

const optionsKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions', CONNECT: '' } as const

/** CONNECT has none. A patch is an update or a creation here. */
function optionsOf({ operation, options: { force: _force, ...options } }: AdmissionAttributes): JsonObject | null {
  const kind = optionsKinds[operation]
  return kind ? ({ ...options, kind, apiVersion: 'meta.k8s.io/v1' } as JsonObject) : null
}
