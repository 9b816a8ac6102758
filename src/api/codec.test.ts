// The codec against recorded answers of kube-apiserver 1.36: every object it sent must come out of `convert` unchanged, in the
// same order of keys, and every body it refused must be refused in the same words.
import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../apimachinery/codec/codec.ts'
import { typeMetaOf } from '../apimachinery/codec/find-type.ts'
import type { JsonObject, JsonValue } from '../apimachinery/json-value.ts'
import { codec, typeNameOf } from './codec.ts'
import { arbitraryObject, withHostileKeys } from './testing/arbitrary-object.ts'
import { schema } from './schema.ts'

interface Step {
  readonly method: string
  readonly type?: string
  readonly body?: JsonValue
  readonly raw?: string
  readonly answer?: { readonly body?: JsonValue }
}
interface Scenario {
  readonly name: string
  readonly ignore?: readonly string[]
  readonly steps: readonly Step[]
}

const folder = new URL('../../test/golden/scenarios/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
const scenariosOf = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Scenario[]

/** Recorded texts with a placeholder where the type wants something else. */
const withTimes = (value: JsonValue) => JSON.parse(JSON.stringify(value).replaceAll('"<time>"', '"2024-01-01T00:00:00Z"')) as JsonObject

function* objectsIn(value: JsonValue): Generator<JsonObject> {
  if (typeof value !== 'object' || value === null) return
  if ('metadata' in value && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string') yield value as JsonObject
  else for (const member of Object.values(value)) yield* objectsIn(member as JsonValue)
}

/** Recordings leave out what is unstable: keys that upstream always writes may be missing from them. */
const unrecorded = /keys .*(nonResourceRules|resourceRules|items|token|status|rules|columnDefinitions)/

function difference(ours: JsonValue, theirs: JsonValue, path = ''): string | undefined {
  if (ours === theirs) return undefined
  if (typeof ours !== 'object' || typeof theirs !== 'object' || ours === null || theirs === null)
    return `${path}: ${JSON.stringify(ours)} is not ${JSON.stringify(theirs)}`
  const keys = Object.keys(ours)
  if (keys.join(',') !== Object.keys(theirs).join(',')) return `${path} keys ${keys.join(',')} are not ${Object.keys(theirs).join(',')}`
  for (const key of keys) {
    const found = difference((ours as JsonObject)[key]!, (theirs as JsonObject)[key]!, `${path}.${key}`)
    if (found) return found
  }
  return undefined
}

describe('objects that kube-apiserver sent', () => {
  test.each(files)('%s', (file) => {
    const differences: string[] = []
    for (const scenario of scenariosOf(file)) {
      for (const recorded of scenario.steps.flatMap((step) => [...objectsIn(step.answer?.body ?? null)])) {
        const typeName = typeNameOf(recorded['apiVersion'] as string, recorded['kind'] as string)
        if (typeName === undefined || holdsPlaceholder(recorded)) continue
        const theirs = withTimes(recorded)
        const { object, strictErrors } = codec.convert(typeName, theirs)
        const found = strictErrors[0] ?? difference(JSON.parse(codec.encodeJson(object)) as JsonValue, theirs)
        if (found && !unrecorded.test(found)) differences.push(`${scenario.name}: ${found}`)
        expect(codec.canonical(typeName, object)).toEqual(object)
      }
    }
    expect(differences).toEqual([])
  })
})

/** MicroTimes and ports were replaced by texts that their types refuse. */
const holdsPlaceholder = (object: JsonObject) => /"(?:renewTime|acquireTime|eventTime|lastObservedTime)":"<time>"|"nodePort":"</i.test(JSON.stringify(object))

/** Which kinds are served where is not the codec's affair. */
const registration = /unknown conversion|no kind/

describe('bodies that kube-apiserver refused', () => {
  const steps = files.flatMap((file) => scenariosOf(file)).flatMap((scenario) => scenario.steps)
  const refused = steps.flatMap((step) => {
    const message = (step.answer?.body as JsonObject | undefined)?.['message']
    const text = step.raw ?? JSON.stringify(step.body)
    const [, reason] =
      typeof message === 'string'
        ? (/cannot be handled as a \w+: (.*)$/.exec(message) ?? /(couldn't get version\/kind; .*) \([^()]*\)$/.exec(message) ?? [])
        : []
    return reason !== undefined &&
      text !== undefined &&
      !/yaml|cbor/.test(step.type ?? '') &&
      !text.includes('Widget') &&
      !registration.test(reason) &&
      step.method !== 'PATCH'
      ? [{ text, reason }]
      : []
  })

  test.each(refused)('$text', ({ text, reason }) => {
    // Recordings have a placeholder for anything like a time, also within layouts and quotes.
    const plain = (message: string) => message.replaceAll(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, '<time>')
    expect(plain(refusal(text))).toBe(plain(reason))
  })

  test('there are some', () => expect(refused.length).toBeGreaterThan(30))
})

function refusal(text: string): string {
  try {
    const parsed = parse(text)
    const { apiVersion, kind } = typeMetaOf(parsed.value)
    const { strictErrors } = codec.convert(typeNameOf(apiVersion, kind)!, parsed.value, parsed)
    return `strict decoding error: ${strictErrors.join(', ')}`
  } catch (error) {
    return (error as Error).message
  }
}

function parse(text: string) {
  try {
    return codec.parseJson(text)
  } catch (error) {
    throw new DecodeError(`couldn't get version/kind; json parse error: ${(error as Error).message}`)
  }
}

describe('any object', () => {
  const kinds = [...schema].filter(([, type]) => type.gvk).map(([name]) => name)

  test.each(kinds)('%s stays as it is once canonical', (typeName) => {
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const { object, strictErrors } = codec.convert(typeName, arbitraryObject(gen, schema, typeName))
        expect(strictErrors).toEqual([])
        const text = codec.encodeJson(object)
        expect(codec.encodeJson(codec.canonical(typeName, object))).toBe(text)
        const again = codec.convert(typeName, codec.parseJson(text).value)
        expect(again.strictErrors).toEqual([])
        expect(codec.encodeJson(again.object)).toBe(text)
      }),
      { numRuns: 5 },
    )
  })

  test('hostile keys of users are ordinary keys', () => {
    const configMap = `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{"__proto__":"p","constructor":"c","toString":"t"}}`
    const { object } = codec.convert('io.k8s.api.core.v1.ConfigMap', codec.parseJson(configMap).value)
    expect(codec.encodeJson(object)).toBe(configMap)
    expect(({} as JsonObject)['p']).toBeUndefined()
  })

  test('keys that belong nowhere are dropped and named', () => {
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const object = codec.convert('io.k8s.api.core.v1.Pod', arbitraryObject(gen, schema, 'io.k8s.api.core.v1.Pod')).object
        const { object: cleaned, strictErrors } = codec.convert('io.k8s.api.core.v1.Pod', withHostileKeys(object))
        expect(codec.encodeJson(cleaned)).toBe(codec.encodeJson(object))
        expect(strictErrors).toEqual(['unknown field "__proto__"', 'unknown field "constructor"'])
      }),
      { numRuns: 20 },
    )
  })
})

describe('defaults of the schema', () => {
  test('set where the field is absent, at any depth', () => {
    const service = { kind: 'Service', apiVersion: 'v1', metadata: { name: 'a' }, spec: { ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }] } }
    codec.applyDefaults('io.k8s.api.core.v1.Service', service)
    expect(service.spec.ports).toEqual([
      { port: 80, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
    ])
  })
})
