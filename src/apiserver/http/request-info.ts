// From method and path to what a request means. Pure; the only place where a path is taken apart for authorization and routing.
//
//   /api/v1/pods                               list across namespaces
//   /api/v1/namespaces/ns/pods/p/exec          subresource exec of pod p
//   /apis/apps/v1/watch/namespaces/ns/deployments/d   the old prefix form of a watch
//   /healthz, /apis/apps/v1                    fewer parts than a resource needs: a non-resource request
//
// The path is percent-decoded once, as a whole, and only then split, as Go does: an encoded slash is a slash, so no segment
// ever contains one, and what is authorized is what is served.
import { badRequest } from '../../apimachinery/api-error.ts'
import { parseFieldSelector } from '../../apimachinery/fields/selector.ts'
import { parseLabelSelector } from '../../apimachinery/labels/parse.ts'
import { SelectorError } from '../../apimachinery/labels/selector.ts'
import type { RequestInfo } from './api-request.ts'

const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** First segments that are themselves verbs. */
const isPrefixVerb = (segment: string | undefined) => segment === 'watch' || segment === 'proxy'
/** Subresources of namespaces; anything else after a namespace's name is a resource inside it. */
const isNamespaceSubresource = (segment: string) => segment === 'status' || segment === 'finalize'
const takesSelectors = (verb: string) => verb === 'list' || verb === 'watch' || verb === 'deletecollection'

/** A path that says half of what is meant; the message goes on with the URL. */
export class RequestInfoError extends Error {
  override readonly name = 'RequestInfoError'
}

/**
 * @param rawPath as sent, percent-encoded, without query
 * @throws {ApiError} 400 for a path that cannot be decoded
 * @throws {RequestInfoError} for a watch prefix without a resource
 * @see k8s.io/apiserver pkg/endpoints/request/requestinfo.go
 */
export function parseRequestInfo(method: string, rawPath: string, query: URLSearchParams): RequestInfo {
  const path = decodePath(rawPath)
  const segments = splitPath(path)
  const prefix = segments[0]
  const needed = prefix === 'api' ? 3 : prefix === 'apis' ? 4 : Infinity
  if (segments.length < needed) return nonResource(method, path)

  const apiGroup = prefix === 'apis' ? segments[1]! : ''
  const apiVersion = segments[needed - 2]!
  let parts = segments.slice(needed - 1)
  let verb = verbOfMethod[method] ?? ''
  const verbInPath = isPrefixVerb(parts[0])
  if (verbInPath) {
    if (parts.length < 2) throw new RequestInfoError('unable to determine kind and namespace from url')
    verb = parts[0]!
    parts = parts.slice(1)
  }
  let namespace = ''
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1]!
    if (parts.length > 2 && !isNamespaceSubresource(parts[2]!)) parts = parts.slice(2)
  }
  const subresource = parts.length >= 3 && verb !== 'proxy' ? parts[2]! : ''
  let name = parts[1] ?? ''
  if (!name && verb === 'get') {
    verb = isWatch(query) ? 'watch' : 'list'
    name = nameInSelector(query) ?? ''
  } else if (!name && verb === 'delete') verb = 'deletecollection'

  const selectors = !verbInPath && takesSelectors(verb)
  return {
    isResourceRequest: true,
    path,
    verb,
    apiPrefix: prefix!,
    apiGroup,
    apiVersion,
    namespace,
    resource: parts[0] ?? '',
    subresource,
    name,
    parts,
    fieldSelector: (selectors && query.get('fieldSelector')) || '',
    labelSelector: (selectors && query.get('labelSelector')) || '',
  }
}

function nonResource(method: string, path: string): RequestInfo {
  return {
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    apiPrefix: '',
    apiGroup: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: [],
    fieldSelector: '',
    labelSelector: '',
  }
}

function decodePath(rawPath: string): string {
  if (!rawPath.includes('%')) return rawPath
  try {
    return decodeURIComponent(rawPath)
  } catch {
    throw badRequest(`invalid URL escape in path ${JSON.stringify(rawPath)}`)
  }
}

/** Leading and trailing slashes do not count; empty segments in the middle do. */
function splitPath(path: string): string[] {
  let start = 0
  let end = path.length
  while (start < end && path[start] === '/') start++
  while (end > start && path[end - 1] === '/') end--
  return start === end ? [] : path.slice(start, end).split('/')
}

function isWatch(query: URLSearchParams): boolean {
  const value = query.get('watch')
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

/**
 * The name that `fieldSelector=metadata.name=x` pins: such a list is authorized as one of that name. A query that cannot be read
 * pins none. @see requestinfo.go (NewRequestInfo)
 */
function nameInSelector(query: URLSearchParams): string | undefined {
  const selector = query.get('fieldSelector')
  if (!selector?.includes('metadata.name')) return undefined
  const numbers = [query.get('limit'), query.get('timeoutSeconds')]
  if (numbers.some((number) => number !== null && !/^[+-]?\d+$/.test(number))) return undefined
  try {
    parseLabelSelector(query.get('labelSelector') ?? '')
    const name = parseFieldSelector(selector).exactMatch('metadata.name')
    return name !== undefined && isPathSegmentName(name) ? name : undefined
  } catch (error) {
    if (error instanceof SelectorError) return undefined
    throw error
  }
}

/** What may be a part of a storage key. @see k8s.io/apimachinery pkg/api/validation/path/name.go */
export function isPathSegmentName(name: string): boolean {
  return name !== '.' && name !== '..' && !name.includes('/') && !name.includes('%')
}

const isLongRunningSubresource = (name: string) => name === 'attach' || name === 'exec' || name === 'proxy' || name === 'log' || name === 'portforward'

/** Requests without a time limit: they are not counted as in flight and end with the client or the server. */
export function isLongRunning(info: RequestInfo): boolean {
  if (!info.isResourceRequest) return info.path.startsWith('/debug/pprof/')
  return info.verb === 'watch' || info.verb === 'proxy' || isLongRunningSubresource(info.subresource)
}

/** get, list and watch change nothing. */
export function isReadOnly(info: RequestInfo): boolean {
  return info.verb === 'get' || info.verb === 'list' || info.verb === 'watch' || info.verb === 'head'
}
