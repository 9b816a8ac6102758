// The container runtime interface: a protobufjs JSON descriptor for @grpc/proto-loader and erased TypeScript types.

interface CriField {
  name: string
  number: number
  type: string
  card: 'one' | 'list' | 'map'
  enum?: boolean
  key?: string
  oneof?: string
  presence?: boolean
}
interface CriMethod {
  name: string
  request: string
  response: string
  clientStream?: boolean
  serverStream?: boolean
}
type CriEntry = { fields?: CriField[]; methods?: CriMethod[] } & Record<string, unknown>

const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase())
const split = (key: string) => [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)] as const

function describeField(field: CriField): object {
  const id = { id: field.number, type: field.type }
  if (field.card === 'list') return { ...id, rule: 'repeated' }
  if (field.card === 'map') return { ...id, keyType: field.key ?? 'string' }
  return field.presence && !field.oneof ? { ...id, options: { proto3_optional: true } } : id
}

function describeMessage(entry: CriEntry): object {
  const oneofs: Record<string, { oneof: string[] }> = {}
  for (const field of entry.fields ?? []) {
    const oneof = field.oneof ?? (field.presence ? `_${field.name}` : undefined)
    if (oneof) (oneofs[oneof] ??= { oneof: [] }).oneof.push(camel(field.name))
  }
  const fields = Object.fromEntries((entry.fields ?? []).map((f) => [camel(f.name), describeField(f)]))
  return Object.keys(oneofs).length ? { oneofs, fields } : { fields }
}

/** @returns the root of a protobufjs JSON descriptor with the package runtime.v1 */
export function criDescriptor(entries: ReadonlyMap<string, CriEntry>): Record<string, unknown> {
  const nested: Record<string, unknown> = {}
  const inner: [string, string, unknown][] = []
  for (const [key, entry] of entries) {
    const [what, name] = split(key)
    const value =
      what === 'enum'
        ? { values: entry }
        : what === 'service'
          ? {
              methods: Object.fromEntries(
                entry.methods!.map((m) => [
                  m.name,
                  {
                    requestType: m.request,
                    responseType: m.response,
                    ...(m.clientStream ? { requestStream: true } : {}),
                    ...(m.serverStream ? { responseStream: true } : {}),
                  },
                ]),
              ),
            }
          : describeMessage(entry)
    const [outer, leaf] = name.split('.')
    if (leaf) inner.push([outer!, leaf, value])
    else nested[name] = value
  }
  for (const [outer, leaf, value] of inner) nested[outer] = { ...(nested[outer] as object), nested: { [leaf]: value } }
  return { nested: { runtime: { nested: { v1: { nested } } } } }
}

const scalars: Record<string, string> = { string: 'string', bool: 'boolean', bytes: 'Buffer', double: 'number', float: 'number' }

function typeOf(field: CriField): string {
  const base = field.enum ? flat(field.type) : (scalars[field.type] ?? (/^u?int\d+$/.test(field.type) ? 'number' : flat(field.type)))
  if (field.card === 'list') return `readonly ${base}[]`
  if (field.card === 'map') return `{ readonly [key: string]: ${base} }`
  return field.enum || scalars[field.type] || /^u?int/.test(field.type) ? base : `${base} | null`
}
const flat = (name: string) => name.replaceAll('.', '')

/** Every field is optional: the loader fills scalars of what it reads with protobuf's zero values and leaves absent messages null. */
export function criTypes(entries: ReadonlyMap<string, CriEntry>, header: string): string {
  const out = [header]
  for (const [key, entry] of entries) {
    const [what, name] = split(key)
    if (what === 'enum') {
      out.push(
        `export type ${flat(name)} = ${Object.keys(entry)
          .map((v) => `'${v}'`)
          .join(' | ')}\n`,
      )
    } else if (what === 'message') {
      const fields = (entry.fields ?? []).map((f) => `  readonly ${camel(f.name)}?: ${typeOf(f)}`)
      out.push(fields.length ? `export interface ${name} {\n${fields.join('\n')}\n}\n` : `export type ${name} = Record<never, never>\n`)
    } else {
      const methods = entry.methods!.map((m) => `  ${m.name}: { request: ${m.request}; response: ${m.response}; serverStream: ${m.serverStream ?? false} }`)
      out.push(`/** Methods of ${name}. */\nexport interface ${name} {\n${methods.join('\n')}\n}\n`)
    }
  }
  return out.join('\n')
}
