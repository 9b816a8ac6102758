import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { encodeJson } from './json-encode.ts'
import { parseJson } from './json-parse.ts'
import { depthMax, scanJson } from './json-scan.ts'

function messageOf(parse: () => unknown): string {
  try {
    return `read: ${JSON.stringify(parse())}`
  } catch (error) {
    expect((error as Error).name).toBe('DecodeError')
    return (error as Error).message
  }
}

describe('refused in the words of Go', () => {
  test.each([
    ['', 'unexpected end of JSON input'],
    ['  ', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a":1', 'unexpected end of JSON input'],
    ['"a', 'unexpected end of JSON input'],
    ['tru', 'unexpected end of JSON input'],
    ['-', 'unexpected end of JSON input'],
    ['not json', "invalid character 'o' in literal null (expecting 'u')"],
    ['True', "invalid character 'T' looking for beginning of value"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['[01]', "invalid character '1' after array element"],
    ['[1.]', "invalid character ']' after decimal point in numeric literal"],
    ['[1e]', "invalid character ']' in exponent of numeric literal"],
    ['[-x]', "invalid character 'x' in numeric literal"],
    ['["\\x"]', "invalid character 'x' in string escape code"],
    ['["\\u12g4"]', String.raw`invalid character 'g' in \u hexadecimal character escape`],
    ['["\n"]', String.raw`invalid character '\n' in string literal`],
    ["{'a':1}", String.raw`invalid character '\'' looking for beginning of object key string`],
    ['é', "invalid character 'Ã' looking for beginning of value"],
    ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
    ['[1e999]', 'json: cannot unmarshal number 1e999 into Go value of type float64'],
  ])('%j', (text, expected) => expect(messageOf(() => parseJson(text).value)).toBe(expected))
})

describe('read as Go reads it', () => {
  test.each<[string, string]>([
    ['{"n":9007199254740993}', '{"n":9007199254740993}'], // beyond a double
    ['{"n":-9223372036854775808}', '{"n":-9223372036854775808}'],
    ['{"n":123456789012345678901234567890}', '{"n":1.2345678901234568e+29}'], // beyond int64: a float to Go, too
    ['["\\ud800"]', '["\ufffd"]'], // half a surrogate pair
    ['["\\ud83d\\ude00"]', '["😀"]'],
    ['{"a":1,"a":2}', '{"a":2}'], // the last wins
    ['{"__proto__":{"x":1}}', '{"__proto__":{"x":1}}'],
    ['[1e2,1.0,-0]', '[100,1,0]'],
  ])('%s', (text, expected) => expect(JSON.stringify(parseJson(text).value)).toBe(expected))

  test('bytes that are no UTF-8 become U+FFFD', () => expect(parseJson(Buffer.from([0x22, 0xff, 0x22])).value).toBe('\ufffd'))

  test('__proto__ pollutes nothing', () => {
    parseJson('{"__proto__":{"polluted":true},"n":9007199254740993}')
    expect(({} as JsonObject)['polluted']).toBeUndefined()
  })
})

test('duplicates are named by path, each once', () => {
  expect(parseJson('{"spec":{"replicas":1,"replicas":2,"replicas":3},"items":[{"a":1},{"b":1,"b":2}],"spec":{}}').duplicates).toEqual([
    'spec.replicas',
    'items[1].b',
    'spec',
  ])
})

test('texts with quotes, colons and escapes have no duplicates', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => parseJson(JSON.stringify([value, { 'a": 1': '\\"a\\":', 'a\\': ':' }], null, 1)).duplicates.length === 0))
})

describe('depth', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  test('as deep as Go allows', () => expect(parseJson(nested(depthMax)).value).toHaveLength(1))
  test('one deeper', () => expect(messageOf(() => parseJson(nested(depthMax + 1)).value)).toBe('exceeded max depth'))
  test('never closed', () => expect(messageOf(() => parseJson('['.repeat(1_000_000)).value)).toBe('exceeded max depth'))
  test('brackets in texts do not count', () => expect(parseJson(JSON.stringify('['.repeat(30_000))).value).toHaveLength(30_000))
  test('what is too deep to write is refused', () => {
    let deep: JsonValue = parseJson('[9007199254740993]').value
    for (let i = 0; i < 100_000; i++) deep = { a: deep }
    expect(messageOf(() => encodeJson(deep as JsonObject))).toBe('exceeded max depth')
  })

  test('what is nested hundreds of levels deep is not indented', () => {
    const within = nested(499).replaceAll('[', '{"a":').replaceAll(']', '}').replace('{"a":}', '{}')
    const lines = (text: string) => encodeJson(JSON.parse(text) as JsonObject, 4).split('\n').length
    expect([lines(within), lines(`{"a":{"a":${within}}}`)]).toEqual([997, 1])
  })
})

test('both parsers agree', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      expect(JSON.stringify(scanJson(text).value)).toBe(JSON.stringify(parseJson(text).value))
    }),
  )
})

test('broken JSON: the careful parser refuses exactly what JSON.parse refuses', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), fc.string({ maxLength: 1 }), (value, at, char) => {
      const text = JSON.stringify(value)
      const broken = text.slice(0, at % (text.length + 1)) + char + text.slice((at % (text.length + 1)) + 1)
      // Numbers beyond a double are well formed; JSON.parse makes them infinite.
      const reads = (parse: () => JsonValue) => /^read:|cannot unmarshal number/.test(messageOf(parse))
      let valid = true
      try {
        JSON.parse(broken)
      } catch {
        valid = false
      }
      expect(reads(() => scanJson(broken).value)).toBe(valid)
    }),
    { numRuns: 500 },
  )
})

test('written with the escapes of Go', () => {
  expect(encodeJson({ a: '<b> & \u2028\u2029', '<k>': '\b\f\n"' })).toBe(String.raw`{"a":"\u003cb\u003e \u0026 \u2028\u2029","\u003ck\u003e":"\b\f\n\""}`)
})

describe('read into a type', () => {
  const typed = (text: string) => {
    const { value, duplicates } = parseJson(text, { literals: true, merges: true })
    return [JSON.stringify(value), duplicates]
  }
  test.each<[string, string, string[]]>([
    ['{"n":1.0}', '{"n":1.0}', []], // no integer to Go
    ['{"n":1e3}', '{"n":1e3}', []],
    ['{"n":0.0000001}', '{"n":0.0000001}', []],
    ['{"n":[1.50,0.5]}', '{"n":[1.50,0.5]}', []],
    ['{"n":99999999999999999999}', '{"n":99999999999999999999}', []],
    ['{"s":"a:1.0,"}', '{"s":"a:1.0,"}', []],
    ['{"a":{"b":1},"a":{"c":2}}', '{"a":{"b":1,"c":2}}', ['a']], // structs and maps are read into what is there
    ['{"a":{"b":1},"a":{"b":2}}', '{"a":{"b":2}}', ['a']],
    ['{"a":{"b":1},"a":3}', '{"a":3}', ['a']],
    ['{"a":[{"b":1}],"a":[{"c":2}]}', '{"a":[{"c":2}]}', ['a']],
    ['{"a":{"b":1,"b":2},"a":{"b":3,"b":4}}', '{"a":{"b":4}}', ['a.b', 'a']],
    ['{"__proto__":{"a":1},"__proto__":{"b":2}}', '{"__proto__":{"a":1,"b":2}}', ['__proto__']],
  ])('%s', (text, value, duplicates) => expect(typed(text)).toEqual([value, duplicates]))

  test('a key that is repeated without end is reported once', () => {
    const body = `{"a":{${'"b":0,'.repeat(1000)}"b":1}}`
    expect(typed(body)).toEqual(['{"a":{"b":1}}', ['a.b']])
  })
})
