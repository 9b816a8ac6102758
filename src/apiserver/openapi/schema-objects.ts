// From the schema table to OpenAPI schemas. Source of the rules: k8s.io/kube-openapi pkg/generators/openapi.go.
import { schema } from '../../api/schema.ts'
import type { SchemaField, SchemaType } from '../../apimachinery/schema.ts'
import type { Descriptions } from './descriptions.ts'

export type Json = { [key: string]: unknown }

/** What differs between the two versions of OpenAPI. */
export interface Dialect {
  readonly refPrefix: '#/components/schemas/' | '#/definitions/'
  /** v3 shows the zero values that Go always writes. */
  readonly zeroDefaults: boolean
  /** v3 can say "string or integer". */
  readonly oneOf: boolean
}

export const v3: Dialect = { refPrefix: '#/components/schemas/', zeroDefaults: true, oneOf: true }
export const v2: Dialect = { refPrefix: '#/definitions/', zeroDefaults: false, oneOf: false }

const scalars: Readonly<Record<string, Json>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
}
const zeros: Readonly<Record<string, unknown>> = { string: '', bool: false, int32: 0, int64: 0, double: 0 }

/** Names of the types that a type refers to, itself included, transitively. */
export function reachable(roots: Iterable<string>): Set<string> {
  const found = new Set<string>()
  const pending = [...roots]
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const type = schema.get(name)
    if (!type || found.has(name)) continue
    found.add(name)
    pending.push(...allFields(type).map((f) => f.type))
    if (type.jsonItems) pending.push(type.jsonItems)
  }
  return found
}

/** With the members of inlined types in the place of the inlined field. */
function allFields(type: SchemaType): readonly SchemaField[] {
  if (type.json !== undefined) return []
  return type.fields.filter((f) => !f.jsonOmitted).flatMap((f) => (f.inline ? allFields(schema.get(f.type)!) : [f]))
}

export function schemaObject(name: string, descriptions: Descriptions, dialect: Dialect): Json {
  const type = schema.get(name)!
  const description = descriptions.ofType(name)
  return { ...(description ? { description } : {}), ...bodyOf(name, type, descriptions, dialect) }
}

function bodyOf(name: string, type: SchemaType, descriptions: Descriptions, dialect: Dialect): Json {
  switch (type.json) {
    case 'string':
      if (!type.acceptsNumber) return { type: 'string', ...(type.format ? { format: type.format } : {}) }
      return dialect.oneOf ? { oneOf: [{ type: 'string' }, { type: 'number' }] } : { type: 'string' }
    case 'int-or-string':
      return { format: 'int-or-string', ...(dialect.oneOf ? { oneOf: [{ type: 'integer' }, { type: 'string' }] } : { type: 'string' }) }
    case 'list':
      return { type: 'array', items: valueOf(type.jsonItems ?? 'string', dialect) }
    case 'raw':
      return type.rawType === 'any' ? {} : { type: 'object' }
    case 'oneOf':
    case 'none':
      return {}
    case undefined:
    default:
      return objectOf(name, type, descriptions, dialect)
  }
}

function objectOf(name: string, type: SchemaType, descriptions: Descriptions, dialect: Dialect): Json {
  const fields = allFields(type)
  const properties: [string, Json][] = fields.map((field) => [field.name, property(name, field, descriptions, dialect)])
  if (type.typeMeta) {
    for (const meta of ['apiVersion', 'kind']) properties.push([meta, { ...described(descriptions.ofField(name, meta)), type: 'string' }])
  }
  const required = fields.filter((f) => !f.optional).map((f) => f.name)
  return {
    type: 'object',
    ...(properties.length > 0 ? { properties: Object.fromEntries(properties.toSorted(([a], [b]) => (a < b ? -1 : 1))) } : {}),
    ...(required.length > 0 ? { required } : {}),
    ...(type.gvk && !type.unversioned
      ? { 'x-kubernetes-group-version-kind': [type.gvk] }
      : type.gvk
        ? { 'x-kubernetes-group-version-kind': [{ ...type.gvk, group: '', version: 'v1' }] }
        : {}),
    ...(type.structType === 'atomic' ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  }
}

const described = (description: string): Json => (description ? { description } : {})

function property(owner: string, field: SchemaField, descriptions: Descriptions, dialect: Dialect): Json {
  const { card, type } = field
  const common: Json = {
    ...described(descriptions.ofField(owner, field.name)),
    ...extensions(field),
    ...(field.enum && card === 'one' ? { enum: field.enum } : {}),
  }
  const defaultValue = field.default ?? (dialect.zeroDefaults && card === 'one' ? zeroOf(field) : undefined)
  const withDefault: Json = defaultValue === undefined ? common : { ...common, default: defaultValue }
  if (card === 'list')
    return { ...withDefault, type: 'array', items: { ...valueOf(type, dialect), ...(field.enum ? { enum: field.enum } : {}), ...itemDefault(type, dialect) } }
  if (card === 'map') return { ...withDefault, type: 'object', additionalProperties: { ...valueOf(type, dialect), ...itemDefault(type, dialect) } }
  const value = valueOf(type, dialect)
  if (!('$ref' in value)) return { ...withDefault, ...value, ...(field.format ? { format: field.format } : {}) }
  // OpenAPI 3.0 ignores what stands beside a $ref; v2 readers of Kubernetes take it.
  return dialect.oneOf && Object.keys(withDefault).length > 0 ? { ...withDefault, allOf: [value] } : { ...withDefault, ...value }
}

const valueOf = (type: string, { refPrefix }: Dialect): Json =>
  Object.hasOwn(scalars, type) ? scalars[type]! : schema.has(type) ? { $ref: refPrefix + type } : {}

function extensions({ listType, listMapKeys, mapType, patchStrategy, patchMergeKey }: SchemaField): Json {
  return {
    ...(listMapKeys ? { 'x-kubernetes-list-map-keys': listMapKeys } : {}),
    ...(listType ? { 'x-kubernetes-list-type': listType } : {}),
    ...(mapType ? { 'x-kubernetes-map-type': mapType } : {}),
    ...(patchMergeKey ? { 'x-kubernetes-patch-merge-key': patchMergeKey } : {}),
    ...(patchStrategy ? { 'x-kubernetes-patch-strategy': patchStrategy } : {}),
  }
}

/** What Go writes for a field that is neither a pointer nor left out when empty. */
function zeroOf({ type, ptr, omit }: SchemaField): unknown {
  if (ptr) return undefined
  if (isStruct(type)) return {}
  return omit ? undefined : Object.hasOwn(zeros, type) ? zeros[type] : undefined
}

const itemDefault = (type: string, { zeroDefaults }: Dialect): Json =>
  !zeroDefaults ? {} : isStruct(type) ? { default: {} } : Object.hasOwn(zeros, type) ? { default: zeros[type] } : {}

const isStruct = (type: string) => schema.has(type) && schema.get(type)!.json === undefined
