// Refusals quote what was sent: `Invalid value: "..."`, a whole patch that does not parse. Where a body holds credentials, its
// quotes do not belong into events that are not to have the body.
import type { RequestInfo } from '../http/api-request.ts'
import type { ResponseStatus } from './event.ts'

const resources: ReadonlySet<string> = new Set(['/secrets', '/serviceaccounts/token', 'authentication.k8s.io/tokenreviews'])

export function mayQuoteCredentials({ apiGroup, resource, subresource }: RequestInfo): boolean {
  return resources.has(`${apiGroup}/${resource}`) || (subresource !== '' && resources.has(`${apiGroup}/${resource}/${subresource}`))
}

/** Without the message and causes of errors that are about the body. Deviation: upstream records them. */
export function withoutQuotes(status: ResponseStatus): ResponseStatus {
  if (status.reason !== 'Invalid' && status.reason !== 'BadRequest' && status.reason !== 'InternalError') return status
  const { message: _message, details, ...rest } = status
  if (!details) return rest
  const { causes: _causes, ...bounded } = details
  return { ...rest, details: bounded }
}
