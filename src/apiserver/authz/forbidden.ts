// The words of a refusal. Clients match on them. Source: k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go.
import { ApiError, forbidden } from '../../apimachinery/api-error.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { Attributes } from './authorizer.ts'

/** @param reason what the authorizers said, if anything */
export function forbiddenError(attributes: Attributes, reason: string): ApiError {
  const why = describe(attributes) + (reason ? `: ${reason}` : '')
  if (!attributes.isResourceRequest) return new ApiError('Forbidden', `forbidden: ${why}`, { details: {} })
  return forbidden({ group: attributes.apiGroup, plural: attributes.resource }, attributes.name, why)
}

function describe({ user, verb, isResourceRequest, path, resource, subresource, apiGroup, namespace }: Attributes): string {
  const who = `User ${goQuote(user.name)} cannot ${verb}`
  if (!isResourceRequest) return `${who} path ${goQuote(path)}`
  const what = `${who} resource ${goQuote(subresource ? `${resource}/${subresource}` : resource)} in API group ${goQuote(apiGroup)}`
  return namespace ? `${what} in the namespace ${goQuote(namespace)}` : `${what} at the cluster scope`
}
