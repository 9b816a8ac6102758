// The defaults that stand in the schema table (`+default` markers). Those that need a decision are the strategies'.
import { isObject } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import type { Schema, SchemaField } from '../schema.ts'

type Apply = (object: JsonObject) => void

/** Compiled when first used; types without a default anywhere below are skipped. */
export class Defaults {
  readonly #schema: Schema
  readonly #compiled = new Map<string, Apply>()
  /** Types that have a default, or reach one that has. */
  readonly #concerned: ReadonlySet<string>

  constructor(schema: Schema) {
    this.#schema = schema
    this.#concerned = concernedTypes(schema)
  }

  apply(typeName: string, object: JsonObject): void {
    if (this.#concerned.has(typeName)) this.#of(typeName)(object)
  }

  #of(typeName: string): Apply {
    const known = this.#compiled.get(typeName)
    if (known) return known
    let steps: readonly Apply[] | undefined
    const apply: Apply = (object) => {
      steps ??= this.#schema.get(typeName)!.fields.flatMap((field) => this.#steps(field))
      for (const step of steps) step(object)
    }
    this.#compiled.set(typeName, apply)
    return apply
  }

  #steps(field: SchemaField): Apply[] {
    const steps: Apply[] = []
    if (setsDefault(field)) steps.push((object) => setDefault(object, field))
    if (!this.#concerned.has(field.type)) return steps
    const inner = this.#of(field.type)
    const enter = (value: JsonValue | undefined) => {
      if (value !== undefined && isObject(value)) inner(value)
    }
    if (field.inline) steps.push(inner)
    else if (field.card === 'one') steps.push((object) => enter(object[field.name]))
    else steps.push((object) => eachMember(object[field.name], enter))
    return steps
  }
}

/** A zero default of a field that is no pointer says nothing: that is its value anyway. */
const setsDefault = (field: SchemaField) => field.default !== undefined && (field.ptr === true || !isZero(field.default))

const isZero = (value: unknown) => value === undefined || value === null || value === '' || value === 0 || value === false

function setDefault(object: JsonObject, field: SchemaField): void {
  const value = object[field.name]
  if (field.ptr ? value === undefined || value === null : isZero(value)) object[field.name] = field.default as JsonValue
}

function eachMember(value: JsonValue | undefined, enter: (member: JsonValue) => void): void {
  if (Array.isArray(value)) value.forEach(enter)
  else if (value !== undefined && isObject(value)) Object.values(value).forEach(enter)
}

function concernedTypes(schema: Schema): Set<string> {
  const concerned = new Set<string>()
  for (let before = -1; before !== concerned.size;) {
    before = concerned.size
    for (const [name, type] of schema) {
      if (type.fields.some((field) => setsDefault(field) || concerned.has(field.type))) concerned.add(name)
    }
  }
  return concerned
}
