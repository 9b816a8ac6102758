// Whatever a client sends that its kind can be decoded from, a strategy accepts or refuses it: it never fails.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { codec } from '../../api/codec.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import { resourceFacts, type ResourceFacts } from '../../api/resource-facts.ts'
import { schema } from '../../api/schema.ts'
import { ApiError } from '../../apimachinery/api-error.ts'
import { DecodeError } from '../../apimachinery/codec/codec.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import type { SchemaField } from '../../apimachinery/schema.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { beforeCreate, beforeUpdate, fillMetadata } from './generic/before-write.ts'
import { strategyFor } from './generic/default-strategy.ts'
import type { RequestContext } from './generic/strategy.ts'
import { newStrategies } from './strategies.ts'
import { finish } from '../../util/steps.ts'

const strategies = newStrategies({
  serviceAllocation: {} as never,
  deleteEndpoints: async () => {},
  escalation: {} as never,
  namespaces: { get: () => undefined },
})
const clock = new FakeClock()
const depthMax = 12
const words = [
  '',
  'a',
  'x-1',
  'TCP',
  '1Gi',
  '10.0.0.1',
  'fd00::1',
  '10.0.0.0/8',
  'a.example.com/x',
  'In',
  'Exists',
  '/x',
  '*',
  'Indexed',
  '__proto__',
  'Resource',
]
const leaves = new Map<string, fc.Arbitrary<JsonValue>>([
  ['string', fc.constantFrom(...words)],
  ['bool', fc.boolean()],
  ['int32', fc.constantFrom(0, 1, -1, 8080, 70_000)],
  ['int64', fc.constantFrom(0, 1, -1, 8080, 70_000)],
  ['double', fc.constant(1.5)],
  ['bytes', fc.constantFrom('', 'e30=')],
  ['any', fc.constantFrom<JsonValue>({}, 1, 'a')],
])
const scalars = fc.constantFrom<JsonValue>('1', '1Gi', '50%', '2024-01-01T00:00:00Z', '1s', 'a', {}, null)
const chance = fc.integer({ min: 0, max: 99 })
const count = fc.constantFrom(0, 1, 1, 2)

function valueOf(g: fc.GeneratorValue, type: string, depth: number): JsonValue {
  const leaf = leaves.get(type)
  if (leaf) return g(() => leaf)
  const { json, format, fields } = schema.get(type)!
  if (json || format || depth > depthMax) return g(() => scalars)
  return structOf(g, fields, depth)
}

function structOf(g: fc.GeneratorValue, fields: readonly SchemaField[], depth: number): JsonObject {
  const share = g(() => fc.constantFrom(25, 50, 90))
  const filled = fields.filter(({ name }) => name !== 'metadata' && g(() => chance) < share)
  return Object.fromEntries(filled.map((field) => [field.name, memberOf(g, field, depth + 1)]))
}

function memberOf(g: fc.GeneratorValue, { type, card }: SchemaField, depth: number): JsonValue {
  const one = () => (g(() => chance) < 5 ? null : valueOf(g, type, depth))
  if (card === 'one') return one()
  const many = Array.from({ length: g(() => count) }, one)
  return card === 'list' ? many : Object.fromEntries(many.map((value, i) => [i === 0 ? 'cpu' : 'b/c', value]))
}

/** As it comes out of the decoder, with defaults; undefined: its kind cannot be decoded from it. */
function objectOf(g: fc.GeneratorValue, { type, group, version, kind, plural }: ResourceFacts): Mutable<KubeObject> | undefined {
  const apiVersion = group ? `${group}/${version}` : version
  const value = { ...structOf(g, schema.get(type)!.fields, 0), apiVersion, kind, metadata: { name: 'x', resourceVersion: '1' } }
  try {
    const { object } = codec.convert(type, value)
    codec.applyDefaults(type, object)
    strategies.get(group ? `${group}/${plural}` : plural)!.defaults?.(object as never)
    return object as unknown as Mutable<KubeObject>
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function refusedOrDone(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
}

const stored = [...resourceFacts.values()].filter(({ group, version, plural, storageVersion }) => {
  return strategies.has(group ? `${group}/${plural}` : plural) && storageVersion === (group ? `${group}/${version}` : version)
})
test('there are kinds to try', () => expect(stored.length).toBeGreaterThan(50))

test.each(stored.map((facts) => [facts.plural, facts] as const))('%s', { timeout: 30_000 }, (_, facts) => {
  const { group, plural, namespaced } = facts
  const strategy = strategies.get(group ? `${group}/${plural}` : plural)!
  const resource = { ...facts, counted: true, knownFinalizersOnly: true }
  const user = { name: 'u', uid: '', groups: [], extra: new Map() }
  const context = (subresource: string): RequestContext => {
    return { user, group, namespace: namespaced ? 'default' : '', name: 'x', subresource, dryRun: false, clock, warn() {} }
  }
  fc.assert(
    fc.property(fc.gen(), (g) => {
      const [now, old] = [objectOf(g, facts), objectOf(g, facts)]
      if (!now || !old) return
      for (const subresource of ['', 'status']) {
        refusedOrDone(() => finish(beforeUpdate(resource, strategyFor(strategy, subresource), context(subresource), structuredClone(now), old)))
      }
      fillMetadata(resource, context(''), now)
      refusedOrDone(() => finish(beforeCreate(resource, strategy, context(''), now)))
    }),
    { numRuns: 200, seed: 1, endOnFailure: true },
  )
})
