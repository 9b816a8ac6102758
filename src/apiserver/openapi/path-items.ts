// Paths and operations of one group version, from the table of operations.
import type { ResourceFacts, SubresourceFacts } from '../../api/resource-facts.ts'
import { type Parameter, pathParameters, queryParameters } from './parameters.ts'
import type { Json } from './schema-objects.ts'

/** [method, path, operation id] */
export type Operation = readonly [method: string, path: string, id: string]

/** Writes operations in one version of OpenAPI. */
export interface OperationDialect {
  parameter(parameter: Parameter): Json
  /** @param bodyType of the request, schema type name; undefined: none */
  operation(
    common: Json,
    parameters: readonly Json[],
    bodyType: string | undefined,
    isPatch: boolean,
    responses: readonly [code: string, type: string | undefined][],
  ): Json
}

const metaV1 = 'io.k8s.apimachinery.pkg.apis.meta.v1'

/** @returns path -> item */
export function pathItems(facts: ResourceFacts, operations: readonly Operation[], dialect: OperationDialect): Map<string, Json> {
  const items = new Map<string, Json>()
  for (const [method, path, id] of operations) {
    const subresource = subresourceOf(path, facts.plural)
    const sub = subresource && facts.subresources && Object.hasOwn(facts.subresources, subresource) ? facts.subresources[subresource] : undefined
    const action = actionOf(method, path, id)
    const item = items.get(path) ?? { parameters: pathParameters(path, facts.kind, action).map((p) => dialect.parameter(p)) }
    item[method.toLowerCase()] = operationOf({ facts, sub, subresource, action, id, method }, dialect)
    items.set(path, item)
  }
  return items
}

/** `/api/v1/namespaces/{namespace}/pods/{name}/log` -> `log` */
function subresourceOf(path: string, plural: string): string {
  const segments = path.split('/')
  const at = segments.lastIndexOf(plural)
  return at >= 0 && segments[at + 1] === '{name}' ? (segments[at + 2] ?? '') : ''
}

function actionOf(method: string, path: string, id: string): string {
  if (id.startsWith('connect')) return 'connect'
  if (id.startsWith('deleteCollection')) return 'deletecollection'
  if (id.startsWith('list')) return 'list'
  return method === 'GET' ? 'get' : method.toLowerCase()
}

interface Described {
  readonly facts: ResourceFacts
  readonly sub: SubresourceFacts | undefined
  readonly subresource: string
  readonly action: string
  readonly id: string
  readonly method: string
}

function operationOf({ facts, sub, subresource, action, id, method }: Described, dialect: OperationDialect): Json {
  const kind = sub?.kind ?? facts.kind
  const common: Json = {
    description: descriptionOf(action, kind, subresource, facts.kind, method),
    operationId: operationId(id, facts),
    tags: [`${tagGroup(facts.group)}_${facts.version}`],
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group: sub?.group ?? facts.group, kind, version: sub?.version ?? facts.version },
  }
  const parameters = queryParameters(action, subresource).map((p) => dialect.parameter(p))
  const type = sub?.type ?? facts.type
  return dialect.operation(common, parameters, bodyTypeOf(action, type), action === 'patch', responsesOf(action, facts, type, subresource))
}

function bodyTypeOf(action: string, type: string): string | undefined {
  if (action === 'post' || action === 'put') return type
  if (action === 'patch') return `${metaV1}.Patch`
  return action === 'delete' || action === 'deletecollection' ? `${metaV1}.DeleteOptions` : undefined
}

function responsesOf(action: string, facts: ResourceFacts, type: string, subresource: string): readonly [string, string | undefined][] {
  const unauthorized = ['401', undefined] as [string, undefined]
  switch (action) {
    case 'connect':
      return [['200', 'string'], unauthorized]
    case 'list':
      return [['200', facts.listType ?? type], unauthorized]
    case 'get':
      return [['200', subresource === 'log' ? 'string' : type], unauthorized]
    case 'post':
      return [['200', type], ['201', type], ['202', type], unauthorized]
    case 'put':
    case 'patch':
      return [['200', type], ['201', type], unauthorized]
    case 'deletecollection':
      return [['200', `${metaV1}.Status`], unauthorized]
    default:
      return [['200', `${metaV1}.Status`], ['202', `${metaV1}.Status`], unauthorized]
  }
}

function descriptionOf(action: string, kind: string, subresource: string, ofKind: string, method: string): string {
  const what = subresource && subresource !== 'binding' && subresource !== 'eviction' ? `${subresource} of the specified ${ofKind}` : undefined
  switch (action) {
    case 'connect':
      return `connect ${method} requests to ${subresource} of ${ofKind}`
    case 'list':
      return `list or watch objects of kind ${kind}`
    case 'get':
      return `read ${what ?? `the specified ${kind}`}`
    case 'post':
      return `create ${subresource ? `${subresource} of ` : ''}a ${ofKind}`
    case 'put':
      return `replace ${what ?? `the specified ${kind}`}`
    case 'patch':
      return `partially update ${what ?? `the specified ${kind}`}`
    case 'deletecollection':
      return `delete collection of ${kind}`
    default:
      return `delete a ${kind}`
  }
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)

/** `rbac.authorization.k8s.io` -> `rbacAuthorization`, '' -> `core`. */
function tagGroup(group: string): string {
  const parts = (group.replace(/\.k8s\.io$/, '') || 'core').split('.')
  return parts[0]! + parts.slice(1).map(capital).join('')
}

/** `listNamespacedPod` of core/v1 -> `listCoreV1NamespacedPod`. */
function operationId(id: string, { group, version }: ResourceFacts): string {
  const verb = /^(connect(?:Delete|Get|Head|Options|Patch|Post|Put)|deleteCollection|[a-z]+)/.exec(id)![1]!
  const where = `${capital(tagGroup(group))}${capital(version)}`
  return verb === 'deleteCollection' ? `delete${where}Collection${id.slice(verb.length)}` : `${verb}${where}${id.slice(verb.length)}`
}
