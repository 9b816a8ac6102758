// The generated forms of walks (docs/adr/0015-generated-code.md) against those that are driven by the table.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Constructors } from '../apimachinery/codec/constructors.ts'
import { Visit } from '../apimachinery/codec/visit.ts'
import { Walks } from '../apimachinery/codec/walk.ts'
import type { JsonObject, JsonValue } from '../apimachinery/json-value.ts'
import type { TypeNode } from '../apimachinery/managedfields/type-node.ts'
import { SchemaTypes } from '../apimachinery/managedfields/type-view.ts'
import { whole } from '../apimachinery/managedfields/whole.ts'
import { schema } from './schema.ts'
import { arbitraryObject, withHostileKeys } from './testing/arbitrary-object.ts'

const kinds = [...schema].filter(([, type]) => type.gvk).map(([name]) => name)
const walks = new Walks(schema)
const constructors = new Constructors(schema, walks)
const types = new SchemaTypes(schema)

/** The text that the walk makes of a value; undefined where it finds fault. */
function walked(typeName: string, value: JsonValue): string | undefined {
  const visit = new Visit()
  const object = walks.of(typeName)(value, visit)
  try {
    visit.finish()
  } catch {
    return undefined
  }
  return visit.strictErrors.length > 0 ? undefined : JSON.stringify(object)
}

/** Keys of all objects in another order. */
function shuffled(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === null) return value
  return Object.fromEntries(
    Object.entries(value as JsonObject)
      .toReversed()
      .map(([key, member]) => [key, shuffled(member!)]),
  )
}

/** One value in it, found by `pick`, becomes another. */
function withOther(value: JsonValue, pick: () => number, other: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === null) return other
  const keys = Object.keys(value)
  const key = keys[pick() % (keys.length + 1)]
  if (key === undefined) return other
  if (Array.isArray(value)) return value.with(Number(key), withOther(value[Number(key)]!, pick, other))
  return { ...value, [key]: withOther((value as JsonObject)[key]!, pick, other) }
}

describe.each(kinds)('%s', (typeName) => {
  test('a constructor makes what the walk makes, in whatever order the keys are', () => {
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const object = arbitraryObject(gen, schema, typeName)
        for (const value of [object, shuffled(object)]) {
          const made = constructors.make(typeName, value)
          if (made) expect(JSON.stringify(made)).toBe(walked(typeName, value))
        }
      }),
      { numRuns: 4 },
    )
  })

  test('a constructor makes a usual object, unless the walk finds fault with it', () => {
    const metadata = { name: 'a', labels: { b: 'c' }, creationTimestamp: null }
    expect(JSON.stringify(constructors.make(typeName, { metadata }))).toBe(walked(typeName, { metadata }))
  })

  test('a constructor does not make what the walk finds fault with', () => {
    const other = fc.constantFrom<JsonValue>(
      null,
      'text',
      '',
      1,
      1.5,
      -1,
      2 ** 40,
      true,
      false,
      [],
      [null],
      {},
      { a: 1 },
      JSON.parse('{"__proto__":1}') as JsonValue,
    )
    fc.assert(
      fc.property(fc.gen(), other, fc.infiniteStream(fc.nat(50)), (gen, instead, picks) => {
        const object = arbitraryObject(gen, schema, typeName)
        const value = withOther(object, () => picks.next().value as number, instead)
        const made = constructors.make(typeName, value)
        if (made) expect(JSON.stringify(made)).toBe(attempt(() => walked(typeName, value)))
        expect(constructors.make(typeName, withHostileKeys(object))).toBeUndefined()
      }),
      { numRuns: 8 },
    )
  })

  test('all fields of an object are the same by both', () => {
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const object = JSON.parse(walked(typeName, arbitraryObject(gen, schema, typeName))!) as JsonObject
        const root = types.root(typeName)
        expect(JSON.stringify(whole(root, object))).toBe(JSON.stringify(whole(tableDriven(root), object)))
      }),
      { numRuns: 4 },
    )
  })
})

function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

/** The same type without its generated form, at all depths. */
function tableDriven({ scalar, map, list }: TypeNode): TypeNode {
  return {
    ...(scalar && { scalar }),
    ...(list && { list: { atomic: list.atomic, keys: list.keys, element: () => tableDriven(list.element()) } }),
    ...(map && {
      map: {
        atomic: map.atomic,
        field(name: string) {
          const field = map.field(name)
          return field && { ...field, type: () => tableDriven(field.type()) }
        },
        element() {
          const element = map.element()
          return element && tableDriven(element)
        },
      },
    }),
  }
}
