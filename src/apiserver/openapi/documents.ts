// Whole documents: OpenAPI v3 one per group version, OpenAPI v2 one for all.
import operations from '../../api/generated/operations.ts'
import { type ResourceFacts, resourceFacts } from '../../api/resource-facts.ts'
import { versionInfo } from '../version.ts'
import type { Descriptions } from './descriptions.ts'
import { type Operation, type OperationDialect, pathItems } from './path-items.ts'
import { type Json, reachable, schemaObject, v2, v3 } from './schema-objects.ts'

const info = { title: 'Kubernetes', version: versionInfo.gitVersion }
const contentTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml']
const statusText: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 401: 'Unauthorized' }
const bearer = { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer Token authentication' }

/** `api/v1`, `apis/apps/v1` -> the resources of that group version. */
export function groupVersions(): ReadonlyMap<string, readonly [string, ResourceFacts][]> {
  const groups = new Map<string, [string, ResourceFacts][]>()
  for (const entry of resourceFacts) {
    const path = entry[1].group ? `apis/${entry[1].group}/${entry[1].version}` : `api/${entry[1].version}`
    groups.set(path, [...(groups.get(path) ?? []), entry])
  }
  return groups
}

function typesOf(resources: readonly [string, ResourceFacts][]): Set<string> {
  const metaV1 = 'io.k8s.apimachinery.pkg.apis.meta.v1'
  const own = resources.flatMap(([, r]) => [r.type, r.listType ?? '', ...Object.values(r.subresources ?? {}).map((s) => s.type)])
  return reachable([...own, ...['DeleteOptions', 'Patch', 'Status', 'WatchEvent', 'APIResourceList', 'APIGroup'].map((name) => `${metaV1}.${name}`)])
}

function pathsOf(resources: readonly [string, ResourceFacts][], dialect: OperationDialect): Json {
  const paths: Json = {}
  for (const [key, facts] of resources) {
    const table = (operations[key] ?? []) as readonly Operation[]
    for (const [path, item] of pathItems(facts, table, dialect)) paths[path] = { ...(paths[path] as Json | undefined), ...item }
  }
  return Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const refV3 = (type: string): Json => (type === 'string' ? { type: 'string' } : { $ref: v3.refPrefix + type })
const content = (types: readonly string[], type: string) => Object.fromEntries(types.map((t) => [t, { schema: refV3(type) }]))

const v3Operations: OperationDialect = {
  parameter: ({ name, in: place, type, description }) => ({
    name,
    in: place,
    description,
    ...(place === 'path' ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  }),
  operation: (common, parameters, bodyType, isPatch, responses) => ({
    ...common,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(bodyType ? { requestBody: { content: content(isPatch ? patchTypes : ['*/*'], bodyType), ...(isPatch ? { required: true } : {}) } } : {}),
    responses: Object.fromEntries(
      responses.map(([code, type]) => [
        code,
        { description: statusText[code], ...(type ? { content: content(type === 'string' ? ['*/*'] : contentTypes, type) } : {}) },
      ]),
    ),
  }),
}

export function v3Document(resources: readonly [string, ResourceFacts][], descriptions: Descriptions): Json {
  const names = [...typesOf(resources)].toSorted()
  return {
    openapi: '3.0.0',
    info,
    paths: pathsOf(resources, v3Operations),
    components: {
      schemas: Object.fromEntries(names.map((name) => [name, schemaObject(name, descriptions, v3)])),
      securitySchemes: { BearerToken: bearer },
    },
    security: [{ BearerToken: [] }],
  }
}

const refV2 = (type: string): Json => (type === 'string' ? { type: 'string' } : { $ref: v2.refPrefix + type })

const v2Operations: OperationDialect = {
  parameter: ({ name, in: place, type, description }) => ({
    name,
    in: place,
    description,
    ...(place === 'path' ? { required: true } : {}),
    type,
    uniqueItems: true,
  }),
  operation: (common, parameters, bodyType, isPatch, responses) => ({
    ...common,
    consumes: isPatch ? patchTypes : ['*/*'],
    produces: contentTypes,
    schemes: ['https'],
    parameters: [...(bodyType ? [{ name: 'body', in: 'body', ...(isPatch ? { required: true } : {}), schema: refV2(bodyType) }] : []), ...parameters],
    responses: Object.fromEntries(responses.map(([code, type]) => [code, { description: statusText[code], ...(type ? { schema: refV2(type) } : {}) }])),
  }),
}

/** The parts of the v2 document, one group version at a time, so that no part takes long. */
export function v2Part(resources: readonly [string, ResourceFacts][], descriptions: Descriptions): { readonly paths: Json; readonly definitions: Json } {
  const names = [...typesOf(resources)]
  return { paths: pathsOf(resources, v2Operations), definitions: Object.fromEntries(names.map((name) => [name, schemaObject(name, descriptions, v2)])) }
}

export function v2Document(parts: readonly { readonly paths: Json; readonly definitions: Json }[]): Json {
  const sorted = (key: 'paths' | 'definitions') =>
    Object.fromEntries(parts.flatMap((part) => Object.entries(part[key])).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  return {
    swagger: '2.0',
    info,
    paths: sorted('paths'),
    definitions: sorted('definitions'),
    securityDefinitions: { BearerToken: bearer },
    security: [{ BearerToken: [] }],
  }
}
