// Types of the schema table, compiled to closures that check a value and give it canonical form.
//
// Most objects arrive in canonical form already, so a struct is copied whole (cheap: same hidden class) and only members that
// changed are put in. Only when a key is unknown, out of order, missing or to be left out is it rebuilt field by field.
import { setMember } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import type { Schema, SchemaField, SchemaType } from '../schema.ts'
import { fieldRules, type ValueRules } from './field-rules.ts'
import { isRawJson } from './raw-json.ts'
import { leaves, type Walk } from './leaf.ts'
import { flatFields, sortedMap } from './members.ts'
import { oneOfWalk } from './one-of.ts'
import { goTypeName, type Visit } from './visit.ts'

interface CompiledField {
  readonly name: string
  readonly index: number
  readonly walk: Walk
  /** A struct, or a list or map that may hold structs: its own walk needs the path. */
  readonly deep: boolean
  /** null stays null (or is left out): pointers, lists, maps, bytes. */
  readonly nullable: boolean
  readonly omitted: (value: JsonValue) => boolean
  /** Written also when absent; gives what is then written. */
  readonly absent: (() => JsonValue) | undefined
}

interface Value extends ValueRules {
  readonly walk: Walk
  readonly deep: boolean
  readonly zero: () => JsonValue
  /** What Go calls it. */
  readonly goType: string
}

export class Walks {
  readonly #schema: Schema
  readonly #compiled = new Map<string, Walk>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  /** The walk of a type, compiled when first asked for. */
  of(typeName: string): Walk {
    let walk = this.#compiled.get(typeName)
    if (!walk) {
      walk = this.#struct(typeName)
      this.#compiled.set(typeName, walk)
    }
    return walk
  }

  #type(name: string): SchemaType {
    const type = this.#schema.get(name)
    if (!type) throw new Error(`no type ${name} in the schema`)
    return type
  }

  #struct(typeName: string): Walk {
    const fields = new Map<string, CompiledField>()
    let ready = false
    const goName = typeName.slice(typeName.lastIndexOf('.') + 1)
    const goType = goTypeName(typeName)
    const context: StructContext = { goName, fields, list: [], always: 0 }
    const compile = () => {
      for (const [index, field] of flatFields(this.#schema, this.#type(typeName)).entries()) fields.set(field.name, this.#field(typeName, field, index))
      context.list = [...fields.values()]
      context.always = context.list.filter((field) => field.absent).length
      ready = true
    }
    return (value, visit) => {
      if (!ready) compile()
      if (value === null) return rebuild(context, {})
      if (typeof value !== 'object' || Array.isArray(value) || isRawJson(value)) {
        visit.mismatch(value, goType)
        return rebuild(context, {})
      }
      const outer = visit.struct
      const outerField = visit.field
      const result = walkStruct(context, value, visit)
      visit.struct = outer
      visit.field = outerField
      return result
    }
  }

  #field(typeName: string, field: SchemaField, index: number): CompiledField {
    const element = this.#value(field.type)
    const value = field.card === 'list' ? listOf(element) : field.card === 'map' ? mapOf(element, field) : element
    const { nullable, omitsNull, omitsEmpty, always } = fieldRules(typeName, field, value)
    const omitted = (member: JsonValue) => (member === null ? omitsNull : omitsEmpty && (member === '' || member === 0 || member === false || isEmpty(member)))
    const absent = always ? (nullable ? () => null : value.zero) : undefined
    return { name: field.name, index, walk: value.walk, deep: value.deep, nullable, omitted, absent }
  }

  #value(typeName: string): Value {
    const leaf = leaves.get(typeName)
    if (leaf) {
      const nullable = leaf.zero === null && leaf.omittable
      return { walk: leaf.walk, deep: false, zero: () => leaf.zero, goType: goTypeName(typeName), nullable, omittable: leaf.omittable }
    }
    const type = this.#type(typeName)
    if (type.json === 'list') return { ...listOf(this.#value(type.jsonItems!)), goType: goTypeName(typeName) }
    const struct =
      (name: string): Walk =>
      (value, visit) =>
        this.of(name)(value, visit)
    const goType = goTypeName(typeName)
    if (type.json === 'oneOf') return { walk: oneOfWalk(typeName, type, struct), deep: true, zero: () => null, goType, nullable: false, omittable: false }
    const walk = this.of(typeName)
    return { walk, deep: true, zero: () => walk(null, noVisit), goType, nullable: false, omittable: false }
  }
}

/** Zero values meet no error. */
const noVisit = undefined as unknown as Visit

export const isEmpty = (member: JsonValue): boolean => {
  if (typeof member !== 'object' || member === null || isRawJson(member)) return false
  if (Array.isArray(member)) return member.length === 0
  for (const _ in member) return false
  return true
}

interface StructContext {
  readonly goName: string
  readonly fields: ReadonlyMap<string, CompiledField>
  list: readonly CompiledField[]
  /** How many fields are written also when absent. */
  always: number
}

function walkStruct(context: StructContext, value: JsonObject, visit: Visit): JsonObject {
  const { fields, goName } = context
  const out: { [key: string]: JsonValue | undefined } = { ...value }
  let last = -1
  let always = 0
  let inOrder = true
  for (const key in value) {
    const member = value[key]
    const field = fields.get(key)
    if (field === undefined) {
      visit.unknownField(key)
      inOrder = false
      continue
    }
    if (field.index < last || member === undefined) inOrder = false
    if (member === undefined) continue
    last = field.index
    visit.struct = goName
    visit.field = key
    const result = member === null && field.nullable ? null : field.deep ? walkDeep(field, member, visit) : field.walk(member, visit)
    if (visit.hasDuplicates) visit.checkDuplicate(key)
    if (field.omitted(result)) {
      out[key] = undefined
      inOrder = false
    } else {
      if (result !== member) out[key] = result
      if (field.absent) always++
    }
  }
  return inOrder && always === context.always ? (out as JsonObject) : rebuild(context, out)
}

function walkDeep(field: CompiledField, member: JsonValue, visit: Visit): JsonValue {
  visit.path.push(field.name)
  visit.field = ''
  const result = field.walk(member, visit)
  visit.path.pop()
  return result
}

function rebuild(context: StructContext, members: { readonly [key: string]: JsonValue | undefined }): JsonObject {
  const out: JsonObject = {}
  for (const { name, absent } of context.list) {
    const member = members[name]
    if (member !== undefined) out[name] = member
    else if (absent) out[name] = absent()
  }
  return out
}

function listOf(element: Value): Value {
  const goType = `[]${element.goType}`
  const walk: Walk = (value, visit) => {
    if (value === null) return null
    if (!Array.isArray(value)) {
      visit.mismatch(value, goType)
      return null
    }
    const out = value.slice()
    for (let i = 0; i < out.length; i++) {
      if (element.deep) visit.path.push(i)
      out[i] = element.walk(out[i]!, visit)
      if (element.deep) visit.path.pop()
    }
    return out
  }
  return { walk, deep: element.deep, zero: () => null, goType, nullable: true, omittable: true }
}

const quantityType = 'io.k8s.apimachinery.pkg.api.resource.Quantity'

function mapOf(element: Value, field: SchemaField): Value {
  const { keyGo } = field as { keyGo?: string }
  const goType = field.type === quantityType && !keyGo ? 'v1.ResourceList' : `map[${keyGo ? goTypeName(keyGo) : 'string'}]${element.goType}`
  const walk: Walk = (value, visit) => {
    if (value === null) return null
    if (typeof value !== 'object' || Array.isArray(value) || isRawJson(value)) {
      visit.mismatch(value, goType)
      return null
    }
    return walkMap(element, value, visit)
  }
  return { walk, deep: true, zero: () => null, goType, nullable: true, omittable: true }
}

function walkMap(element: Value, value: JsonObject, visit: Visit): JsonObject {
  const out = { ...value }
  let previous = ''
  let sorted = true
  for (const key in value) {
    if (key < previous) sorted = false
    previous = key
    const member = value[key] ?? null
    const result = element.deep ? walkEntry(element, key, member, visit) : element.walk(member, visit)
    if (visit.hasDuplicates) visit.checkDuplicate(key)
    if (result !== member) setMember(out, key, result)
  }
  return sorted ? out : sortedMap(out)
}

function walkEntry(element: Value, key: string, member: JsonValue, visit: Visit): JsonValue {
  visit.path.push([key])
  const result = element.walk(member, visit)
  visit.path.pop()
  return result
}
