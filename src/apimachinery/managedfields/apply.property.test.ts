import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../json-value.ts'
import { newFieldManagerFor } from './field-manager.ts'
import type { TypeNode } from './type-node.ts'
import { deduced } from './type-view.ts'

const text: TypeNode = { scalar: 'string' }
const element: TypeNode = {
  map: { atomic: false, field: (name) => (name === 'name' || name === 'value' ? { type: () => text } : undefined), element: () => undefined },
}
const root: TypeNode = {
  map: {
    atomic: false,
    field(name) {
      if (name === 'data') return { type: () => ({ map: { atomic: false, field: () => undefined, element: () => text } }) }
      if (name === 'list') return { type: () => ({ list: { atomic: false, keys: ['name'], element: () => element } }) }
      return { type: () => deduced }
    },
    element: () => undefined,
  },
}
const manager = newFieldManagerFor({ root: () => root, empty: () => ({}) })

interface Config {
  readonly data: { readonly [key: string]: string }
  readonly list: readonly { readonly name: string; readonly value: string }[]
}

const key = fc.constantFrom('a', 'b', 'c', '__proto__')
const value = fc.constantFrom('1', '2')
const config: fc.Arbitrary<Config> = fc.record({
  data: fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name }).map((entries) => Object.fromEntries(entries)),
  list: fc.uniqueArray(fc.record({ name: key, value }), { selector: ({ name }) => name }),
})

function apply(live: JsonObject | undefined, stated: Config, name: string): JsonObject {
  // An empty map that is stated is owned as such, but not stored: stated again, it is taken from its other owners, as upstream.
  const said = Object.fromEntries(Object.entries(stated).filter(([, member]) => Object.keys(member as object).length > 0))
  const applied: JsonObject = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x' }, ...(said as JsonObject) }
  const result = manager.apply({ typeName: '', apiVersion: 'v1', kind: 'Thing', live, applied, manager: name, force: true, subresource: '', nowMs: 0 })
  return { ...result, metadata: { ...(result['metadata'] as JsonObject), uid: 'u' } }
}

const dataOf = (object: JsonObject) => new Map(Object.entries((object['data'] as Config['data'] | undefined) ?? {}))
const listOf = (object: JsonObject) => new Map(((object['list'] as unknown as Config['list'] | undefined) ?? []).map((item) => [item.name, item.value]))

/** An empty map and none are the same to a typed object. */
const meaning = (object: JsonObject) => [dataOf(object), listOf(object), object['metadata']]

test('after an apply the object says what the configuration says; again, it changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(config, fc.constantFrom('m1', 'm2', 'm3')), { minLength: 1, maxLength: 5 }), (steps) => {
      let live: JsonObject | undefined
      for (const [stated, name] of steps) {
        live = apply(live, stated, name)
        for (const [member, wanted] of Object.entries(stated.data)) expect(dataOf(live).get(member)).toBe(wanted)
        for (const item of stated.list) expect(listOf(live).get(item.name)).toBe(item.value)
        expect(meaning(apply(live, stated, name))).toEqual(meaning(live))
      }
    }),
  )
})

test('what everyone ceased to state is gone, and nobody owns anything', () => {
  const nothing: Config = { data: {}, list: [] }
  fc.assert(
    fc.property(config, config, (first, second) => {
      let live = apply(apply(undefined, first, 'm1'), second, 'm2')
      live = apply(apply(live, nothing, 'm1'), nothing, 'm2')
      expect([...dataOf(live), ...listOf(live)]).toEqual([])
    }),
  )
})

test('the order of a configuration is kept', () => {
  fc.assert(
    fc.property(config, config, (first, second) => {
      const order = [...listOf(apply(apply(undefined, first, 'm1'), second, 'm2')).keys()]
      const stated = second.list.map(({ name }) => name)
      expect(order.filter((name) => stated.includes(name))).toEqual(stated)
    }),
  )
})
