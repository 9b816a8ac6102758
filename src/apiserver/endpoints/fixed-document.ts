import type { ApiRequest } from '../http/api-request.ts'
import { methodNotAllowed, noSuchResource } from './error-response.ts'
import { requireRouted } from './negotiation.ts'

/**
 * Whether a request is for a document that has a path of its own and one form (/version, OpenID metadata).
 * Source: k8s.io/apiserver pkg/server/handler.go (director), pkg/server/routes/version.go, pkg/routes/openidmetadata.go.
 * @throws {ApiError} 404 below the path, 405, 406
 */
export function isDocument({ method, headers, info }: ApiRequest, path: string, type: string): boolean {
  if (info.path !== path && !info.path.startsWith(`${path}/`)) return false
  if (info.path.length > path.length + 1) throw noSuchResource()
  if (method !== 'GET') throw methodNotAllowed()
  requireRouted(headers['accept'], [type])
  return true
}
