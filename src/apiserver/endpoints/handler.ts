// From a parsed request to the endpoint that answers it.
import { type ResourceFacts, resourceFacts, type SubresourceFacts } from '../../api/resource-facts.ts'
import type { ApiRequest, ApiResponse, Handler } from '../http/api-request.ts'
import { pageNotFound } from '../http/object-encoder.ts'
import { create } from './create.ts'
import { deleteCollection } from './delete-collection.ts'
import { remove } from './delete.ts'
import { deprecatedResources, resourceId } from './deprecated.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { errorResponse, methodNotAllowed, noSuchResource } from './error-response.ts'
import { get } from './get.ts'
import { list } from './list.ts'
import { patch } from './patch.ts'
import { getScale, patchScale, updateScale } from './scale.ts'
import type { Scope } from './scope.ts'
import { update } from './update.ts'

/** Answers every request for a resource that the registry has; others go to `deps.fallback`. Never rejects. */
export function newResourceHandler(deps: ResourceHandlerDeps): Handler {
  return async (request) => {
    try {
      return await route(deps, request)
    } catch (error) {
      return errorResponse(deps, request, error)
    }
  }
}

function route(deps: ResourceHandlerDeps, request: ApiRequest): Promise<ApiResponse> {
  const { info } = request
  const id = resourceId(info)
  const facts = deps.registry.facts(id)
  if (!facts) {
    if (deps.fallback) return deps.fallback(request)
    // Nobody routes what is below a group that is not served.
    if (info.apiPrefix === 'apis' && !groups.has(info.apiGroup)) return Promise.resolve(pageNotFound())
    throw noSuchResource()
  }
  const warning = deprecatedResources.get(id)
  if (warning && allows(facts.verbs, request, isNamed(request))) {
    request.warn(warning)
    request.audit?.annotate('k8s.io/deprecated', 'true')
  }
  refuseUnderPrefix(request)
  // Below a namespace there is the namespace itself, and nothing else that is not in it: its rights are not those of the others.
  if (!facts.namespaced && info.namespace && !isNamespaceItself(request)) throw noSuchResource()
  // A namespaced object without its namespace is no resource at all; parts beyond the subresource only proxies have.
  if (facts.namespaced && isNamed(request) && !info.namespace) throw noSuchResource()
  if (isOrder(facts) && !info.subresource && (isNamed(request) || (facts.namespaced && !info.namespace))) throw noSuchResource()
  const custom = deps.subresourceHandlers.get(handlerName(facts, info.subresource))
  const scope = deps.registry.scope(id)
  if (info.subresource) return subresource(deps, request, facts, scope, custom)
  if (!scope && !allows(facts.verbs, request, isNamed(request))) throw methodNotAllowed()
  if (custom) return custom(request, { scope, deps })
  if (!scope) throw noSuchResource()
  return isNamed(request) ? object(deps, request, scope) : collection(deps, request, scope)
}

/** `/watch/` before a resource is the deprecated path of watches, and of nothing else; there is no `/proxy/` any more. */
function refuseUnderPrefix({ method, info }: ApiRequest): void {
  if (info.verb === 'proxy' || (info.verb === 'watch' && info.subresource)) throw noSuchResource()
  if (info.verb === 'watch' && method !== 'GET') throw methodNotAllowed()
}

/** `/namespaces/<name>` and below, but not `/namespaces/<name>/namespaces/<other>`. */
const isNamespaceItself = ({ info }: ApiRequest) => info.resource === 'namespaces' && info.parts[1] === info.namespace

const groups: ReadonlySet<string> = new Set([...resourceFacts.values()].map(({ group }) => group))

/** Only ever posted (reviews, bindings): there is one path, and none of a single object or across namespaces. */
const isOrder = ({ verbs }: ResourceFacts) => verbs.every((verb) => verb === 'create')

/** The path names an object; `info.name` alone may come from a field selector. */
const isNamed = ({ info }: ApiRequest) => Boolean(info.parts[1])

const handlerName = ({ group, plural }: ResourceFacts, subresource: string) => `${group ? `${group}/` : ''}${plural}${subresource ? `/${subresource}` : ''}`

function object(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope): Promise<ApiResponse> {
  if (!allows(scope.facts.verbs, request, true)) throw methodNotAllowed()
  switch (request.method) {
    case 'GET':
      // The deprecated /watch/ path of one object.
      return request.info.verb === 'watch' ? list(deps, request, scope) : get(deps, request, scope)
    case 'PUT':
      return update(deps, request, scope)
    case 'PATCH':
      return patch(deps, request, scope)
    case 'DELETE':
      return remove(deps, request, scope)
    default:
      throw methodNotAllowed()
  }
}

function collection(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope): Promise<ApiResponse> {
  const { facts } = scope
  if (!allows(facts.verbs, request, false)) throw methodNotAllowed()
  // Across namespaces there are only lists.
  if (facts.namespaced && !request.info.namespace && request.method !== 'GET') throw methodNotAllowed()
  switch (request.method) {
    case 'GET':
      return list(deps, request, scope)
    case 'POST':
      return create(deps, request, scope)
    case 'DELETE':
      return deleteCollection(deps, request, scope)
    default:
      throw methodNotAllowed()
  }
}

function subresource(
  deps: ResourceHandlerDeps,
  request: ApiRequest,
  facts: ResourceFacts,
  scope: Scope | undefined,
  custom: ReturnType<ResourceHandlerDeps['subresourceHandlers']['get']>,
): Promise<ApiResponse> {
  const { info } = request
  const known = facts.subresources && Object.hasOwn(facts.subresources, info.subresource) ? facts.subresources[info.subresource] : undefined
  if (!known) throw noSuchResource()
  if (info.parts.length > 3 && info.subresource !== 'proxy') throw noSuchResource()
  if (info.subresource !== 'proxy' && !allows(known.verbs, request, true)) throw methodNotAllowed()
  if (custom) return custom(request, { scope, deps })
  if (!scope) throw noSuchResource()
  if (info.subresource === 'scale') return scale(deps, request, scope, known)
  switch (request.method) {
    case 'GET':
      return get(deps, request, scope)
    case 'PUT':
      return update(deps, request, scope)
    case 'PATCH':
      return patch(deps, request, scope)
    default:
      throw methodNotAllowed()
  }
}

function scale(deps: ResourceHandlerDeps, request: ApiRequest, scope: Scope, facts: SubresourceFacts): Promise<ApiResponse> {
  switch (request.method) {
    case 'GET':
      return getScale(deps, request, scope, facts)
    case 'PUT':
      return updateScale(deps, request, scope, facts)
    case 'PATCH':
      return patchScale(deps, request, scope, facts)
    default:
      throw methodNotAllowed()
  }
}

const verbsOf: Readonly<Record<string, readonly [object: readonly string[], collection: readonly string[]]>> = {
  GET: [['get'], ['list', 'watch']],
  POST: [['create'], ['create']],
  PUT: [['update'], []],
  PATCH: [['patch'], []],
  DELETE: [['delete'], ['deletecollection']],
}

function allows(verbs: readonly string[], { method, info }: ApiRequest, isObject: boolean): boolean {
  const wanted = Object.hasOwn(verbsOf, method) ? verbsOf[method]![isObject ? 0 : 1] : []
  if (method === 'POST' && isObject && !info.subresource) return false
  return wanted.some((verb) => verbs.includes(verb))
}
