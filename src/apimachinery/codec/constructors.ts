// Constructors of objects in canonical form, one a type of the schema table, generated when first used.
//
// Nearly every object that arrives, and every one that is written, is well formed: known fields, the right types. For those this does what
// the walk (walk.ts) does, with one load and one store a field at places of its own, so that the engine knows the shape of each: several times
// faster, and all objects of a type are of one shape afterwards, which everything that reads them profits from. Whatever is not well formed
// ends the construction, without a reason: the walk is taken then, and finds the words.
import { generatedConstructor } from '../generated-constructor.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import type { Schema, SchemaField } from '../schema.ts'
import { DecodeError } from './codec.ts'
import { fieldRules, type ValueRules } from './field-rules.ts'
import { int32Max, leaves } from './leaf.ts'
import { isRawJson } from './raw-json.ts'
import { flatFields, sortedMap } from './members.ts'
import { Visit } from './visit.ts'
import { isEmpty, type Walks } from './walk.ts'

type Constructor = new (value: JsonObject) => JsonObject

/** Code that makes a canonical value of the expression `m`, or ends the construction. */
interface ValueCode extends ValueRules {
  readonly code: string
  /** Condition under which the canonical value `m` is empty. */
  readonly empty: string
  /** Expression for what an absent value is written as. */
  readonly zero: string
}

/** Ends a construction. One object for all: nobody sees it. */
const notWellFormed = new DecodeError('not well formed')

const fail = (): never => {
  throw notWellFormed
}

/** A visit of one value at whose first error the construction ends. */
class StrictVisit extends Visit {
  override mismatch(): void {
    fail()
  }

  override misfit(): void {
    fail()
  }

  override save(): void {
    fail()
  }

  override unknownField(): void {
    fail()
  }
}

const strictVisit = new StrictVisit()

const integer = (max: number) => `if (Number.isInteger(m) && m >= ${-max - 1} && m <= ${max}) m += 0; else m = m === null ? 0 : fail()`

/** Scalars that are worth code of their own. */
const scalars = new Map([
  ['string', { code: `if (typeof m !== 'string') m = m === null ? '' : fail()`, empty: `m === ''` }],
  ['bool', { code: `if (typeof m !== 'boolean') m = m === null ? false : fail()`, empty: 'm === false' }],
  ['int32', { code: integer(int32Max), empty: 'm === 0' }],
  ['int64', { code: integer(Number.MAX_SAFE_INTEGER), empty: 'm === 0' }],
])

const listCode = ({ code }: { readonly code: string }): ValueCode => ({
  code: `{ const l = list(m); for (let i = 0; i < l.length; i++) { m = l[i]; ${code}; l[i] = m } m = l }`,
  empty: 'm.length === 0',
  zero: 'null',
  nullable: true,
  omittable: true,
})

/** What generated code calls. */
const runtime = {
  fail,
  nothing: Object.freeze({}) as JsonObject,
  isStruct: (value: JsonValue) => typeof value === 'object' && value !== null && !Array.isArray(value),
  list: (value: JsonValue) => (Array.isArray(value) ? value.slice() : fail()),
  isEmpty,
  isEmptyMap(value: JsonObject): boolean {
    for (const _ in value) return false
    return true
  },
  /** `count` fields are known of an object: are there others? Members that are undefined are none. */
  checkOthers(value: JsonObject, count: number): void {
    let members = 0
    for (const key in value) if (value[key] !== undefined) members++
    if (members !== count) fail()
  },
  strings(value: JsonValue): JsonObject {
    const out = ownMap(value)
    let previous = ''
    let sorted = true
    for (const key in out) {
      if (typeof out[key] !== 'string') fail()
      if (key < previous) sorted = false
      previous = key
    }
    return sorted ? out : sortedMap(out)
  },
  map(value: JsonValue, each: (member: JsonValue) => JsonValue): JsonObject {
    const out = ownMap(value)
    let previous = ''
    let sorted = true
    for (const key in out) {
      if (key === '__proto__') fail()
      out[key] = each(out[key] ?? null)
      if (key < previous) sorted = false
      previous = key
    }
    return sorted ? out : sortedMap(out)
  },
}

function ownMap(value: JsonValue): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isRawJson(value)) return fail()
  return { ...value }
}

/** What the code of one constructor refers to. */
class References {
  /** Made when first needed: types refer to each other, and most are never used. */
  readonly #makers: (() => unknown)[] = []
  readonly #functions: string[] = []

  /** @returns the expression for it */
  lazy(make: () => unknown): string {
    const index = this.#makers.push(make) - 1
    return `(t${index} ??= make(${index}))`
  }

  /** @returns the name of a function of `m` */
  function(code: string): string {
    const index = this.#functions.push(code) - 1
    return `f${index}`
  }

  get declarations(): string {
    const variables = this.#makers.map((_, index) => `let t${index}`)
    return [...variables, ...this.#functions.map((code, index) => `const f${index} = (m) => { ${code}; return m }`)].join('\n')
  }

  make = (index: number): unknown => this.#makers[index]!()
}

export class Constructors {
  readonly #schema: Schema
  readonly #walks: Walks
  readonly #made = new Map<string, Constructor>()

  constructor(schema: Schema, walks: Walks) {
    this.#schema = schema
    this.#walks = walks
  }

  /** @returns the canonical form of a well-formed value, the caller's own; undefined for any other value */
  make(typeName: string, value: JsonValue): JsonObject | undefined {
    if (!runtime.isStruct(value)) return undefined
    try {
      return new (this.#of(typeName))(value as JsonObject)
    } catch (error) {
      if (error instanceof DecodeError) return undefined
      throw error
    }
  }

  #of(typeName: string): Constructor {
    let made = this.#made.get(typeName)
    if (!made) this.#made.set(typeName, (made = this.#generate(typeName)))
    return made
  }

  #generate(typeName: string): Constructor {
    const references = new References()
    const fields = flatFields(this.#schema, this.#schema.get(typeName)!).map((field) => this.#fieldCode(typeName, field, references))
    const source = `
      const { fail, nothing, isStruct, list, isEmpty, isEmptyMap, checkOthers, strings, map, make } = runtime
      ${references.declarations}
      return function (v) {
        let n = 0, k = 0, m
        ${fields.join('\n')}
        for (const key in v) k++
        if (k !== n) checkOthers(v, n)
      }`
    return generatedConstructor({ ...runtime, make: references.make }, source) as Constructor
  }

  #fieldCode(typeName: string, field: SchemaField, references: References): string {
    const name = `[${JSON.stringify(field.name)}]`
    const value = this.#fieldValue(field, references)
    const { nullable, omitsNull, omitsEmpty, always } = fieldRules(typeName, field, value)
    const keepNull = omitsNull ? '' : `this${name} = null`
    const keep = omitsEmpty ? `if (!(${value.empty})) this${name} = m` : `this${name} = m`
    const take = nullable
      ? `if (m === null) { ${keepNull} } else { ${value.code}; ${keep} }`
      : `${value.code}; if (m === null) { ${keepNull} } else { ${keep} }`
    const absent = nullable ? `this${name} = null` : `this${name} = ${value.zero}`
    return `m = v${name}; if (m !== undefined) { n++; ${take} } ${always ? `else { ${absent} }` : ''}`
  }

  #fieldValue(field: SchemaField, references: References): ValueCode {
    const element = this.#valueCode(field.type, references)
    if (field.card === 'list') return listCode(element)
    if (field.card === 'one') return element
    const code = field.type === 'string' ? 'm = strings(m)' : `m = map(m, ${references.function(element.code)})`
    return { code, empty: 'isEmptyMap(m)', zero: 'null', nullable: true, omittable: true }
  }

  #valueCode(typeName: string, references: References): ValueCode {
    const leaf = leaves.get(typeName)
    if (leaf) {
      const walk = () => (value: JsonValue) => leaf.walk(value, strictVisit)
      const code = scalars.get(typeName) ?? { code: `m = ${references.lazy(walk)}(m)`, empty: `m === '' || m === 0 || m === false || isEmpty(m)` }
      return { ...code, zero: JSON.stringify(leaf.zero), nullable: leaf.zero === null && leaf.omittable, omittable: leaf.omittable }
    }
    const type = this.#schema.get(typeName)!
    if (type.json === 'list') return listCode(this.#valueCode(type.jsonItems!, references))
    const struct = { empty: 'false', nullable: false, omittable: false }
    if (type.json === 'oneOf' || this.#nestsItself(typeName)) {
      const walk = () => (value: JsonValue) => this.#walks.of(typeName)(value, new StrictVisit())
      const call = references.lazy(walk)
      return { ...struct, code: `m = ${call}(m)`, zero: `${call}(null)` }
    }
    const constructor = references.lazy(() => this.#of(typeName))
    return { ...struct, code: `m = new (${constructor})(m === null ? nothing : isStruct(m) ? m : fail())`, zero: `new (${constructor})(nothing)` }
  }

  /** Schemas of custom resources: their depth is the walk's affair. */
  #nestsItself(typeName: string): boolean {
    return this.#schema.get(typeName)!.fields.some((field) => field.type === typeName)
  }
}
