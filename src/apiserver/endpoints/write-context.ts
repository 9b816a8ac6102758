import type { ApiRequest } from '../http/api-request.ts'
import type { WriteContext } from '../registry/generic/store-context.ts'
import type { ResourceHandlerDeps } from './deps.ts'

export function writeContext(
  deps: ResourceHandlerDeps,
  request: ApiRequest,
  write: { readonly name: string; readonly dryRun: boolean; readonly options: Readonly<Record<string, unknown>>; readonly bodyBytes?: number },
): WriteContext {
  return {
    user: request.user,
    verb: request.info.verb,
    group: request.info.apiGroup,
    namespace: request.info.namespace,
    name: write.name,
    subresource: request.info.subresource,
    dryRun: write.dryRun,
    clock: deps.clock,
    options: write.options,
    signal: request.signal,
    bodyBytes: write.bodyBytes ?? 0,
    warn: (message) => request.warn(message),
    annotate: (key, value) => request.audit?.annotate(key, value),
    time: (part) => request.audit?.time(part),
  }
}

const managerBytesMax = 128

/** Who changes fields: what the client says, or the program its User-Agent names. Source: handlers/create.go (managerOrUserAgent). */
export function fieldManagerOf(request: ApiRequest, fieldManager: string): string {
  if (fieldManager) return fieldManager
  const program = (request.headers['user-agent'] ?? '').split('/')[0]!
  return program.replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '').slice(0, managerBytesMax) || 'unknown'
}
