// Turns schema types into erased TypeScript interfaces, one module per API package.
import type { FactField, FactResource, FactType } from './facts.ts'

const scalars: Record<string, string> = {
  string: 'string',
  bool: 'boolean',
  int32: 'number',
  int64: 'number',
  double: 'number',
  bytes: 'string',
  any: 'unknown',
}

/** `io.k8s.api.core.v1.Pod` -> module `core-v1`, name `Pod`. */
export function moduleOf(typeName: string): string {
  const parts = typeName.split('.').slice(0, -1)
  if (parts.includes('apis')) {
    const [group, version] = parts.slice(parts.indexOf('apis') + 1)
    return `${group!.replaceAll('_', '-')}-${version}`
  }
  if (parts.includes('resource') && parts.includes('apimachinery')) return 'runtime'
  if (parts.includes('api') && parts[1] === 'k8s' && parts[2] === 'api') return `${parts[3]}-${parts[4]}`
  return 'runtime'
}

export const nameOf = (typeName: string) => typeName.slice(typeName.lastIndexOf('.') + 1)

interface Context {
  types: ReadonlyMap<string, FactType>
  namespaced: ReadonlySet<string>
  imports: Map<string, Set<string>>
  module: string
}

function reference(typeName: string, context: Context): string {
  const module = moduleOf(typeName)
  const name = nameOf(typeName)
  if (module !== context.module) {
    const names = context.imports.get(module) ?? new Set()
    context.imports.set(module, names.add(name))
  }
  return name
}

function valueType(field: FactField, context: Context): string {
  if (field.enum) return field.enum.map((v) => `'${v}'`).join(' | ')
  return scalars[field.type] ?? reference(field.type, context)
}

function fieldType(field: FactField, owner: string, context: Context): string {
  if (field.name === 'metadata' && field.type.endsWith('meta.v1.ObjectMeta') && context.namespaced.has(owner))
    return reference(field.type.replace('ObjectMeta', 'NamespacedObjectMeta'), context)
  const value = valueType(field, context)
  if (field.card === 'list') return `readonly ${value.includes('|') ? `(${value})` : value}[]`
  if (field.card === 'map') return `{ readonly [key: string]: ${value} }`
  return value
}

/** The fields an object read from the API always has, though Go marks them optional. */
function alwaysThere(field: FactField, type: FactType): boolean {
  if (!type.typeMeta || field.ptr || field.card !== 'one') return false
  return field.name === 'metadata' || field.name === 'spec'
}

function* lines(typeName: string, type: FactType, context: Context): Generator<string> {
  const name = nameOf(typeName)
  if (type.json === 'string') return yield `export type ${name} = string`
  if (type.json === 'int-or-string') return yield `export type ${name} = number | string`
  if (type.json === 'list') return yield `export type ${name} = readonly ${scalars[type.jsonItems!]}[]`
  if (type.json === 'raw') return yield `export type ${name} = ${type.rawType === 'object' ? '{ readonly [key: string]: unknown }' : 'unknown'}`
  if (type.json === 'oneOf') return yield `export type ${name} = unknown`
  if (type.json === 'none') return yield `export type ${name} = unknown`
  const inlined = type.fields.filter((f) => f.inline).map((f) => reference(f.type, context))
  yield `export interface ${name}${inlined.length ? ` extends ${inlined.join(', ')}` : ''} {`
  if (type.typeMeta) {
    const { group, version, kind } = type.gvk ?? { group: '', version: '', kind: '' }
    const literal = version !== '' && name === kind && !typeName.includes('meta.v1')
    yield `  readonly apiVersion: ${literal ? `'${group ? `${group}/` : ''}${version}'` : 'string'}`
    yield `  readonly kind: ${literal ? `'${kind}'` : 'string'}`
  }
  for (const field of type.fields) {
    if (field.inline || field.jsonOmitted) continue
    const optional = field.optional && !alwaysThere(field, type) ? '?' : ''
    const key = /^[A-Za-z_]\w*$/.test(field.name) ? field.name : `'${field.name}'`
    yield `  readonly ${key}${optional}: ${fieldType(field, typeName, context)}`
  }
  yield '}'
}

const objectMeta = `
/** Metadata of an object that belongs to a namespace. */
export interface NamespacedObjectMeta extends ObjectMeta {
  readonly namespace: string
}
`

/** Every object the API server returns has these; an object about to be created may leave them out (see \`New\` in api/meta). */
const setByTheServer = ['name', 'uid', 'resourceVersion', 'creationTimestamp']

/** @returns module name -> TypeScript source, imports first, types in the order of the facts */
export function typeModules(types: ReadonlyMap<string, FactType>, resources: Iterable<FactResource>, header: string): Map<string, string> {
  const namespaced = new Set([...resources].filter((r) => r.namespaced).map((r) => r.type))
  const byModule = Map.groupBy(types, ([name]) => moduleOf(name))
  const out = new Map<string, string>()
  for (const [module, members] of byModule) {
    const context: Context = { types, namespaced, imports: new Map(), module }
    const body = members.flatMap(([name, type]) => {
      const text = [...lines(name, type, context)]
      if (nameOf(name) !== 'ObjectMeta') return [...text, '']
      const exact = text.map((l) => (setByTheServer.some((f) => l.startsWith(`  readonly ${f}?:`)) ? l.replace('?:', ':') : l))
      return [...exact, objectMeta]
    })
    const imports = [...context.imports].toSorted().map(([m, names]) => `import type { ${[...names].toSorted().join(', ')} } from './${m}.ts'`)
    out.set(module, [header, ...imports, '', ...body].join('\n'))
  }
  return out
}
