import { describe, expect, test } from 'vitest'
import { parseYaml, parseYamlDocuments } from './yaml.ts'

const json = (text: string) => JSON.stringify(parseYaml(text).value)

describe('scalars', () => {
  test.each<[string, string]>([
    ['[yes, No, on, OFF, y, N, true, False]', '[true,false,true,false,true,false,true,false]'],
    ['[tRue, "yes", yess]', '["tRue","yes","yess"]'],
    ['[0644, 0o644, 0x1F, 0b101, -0b11, 1_000, 089]', '[420,420,31,5,-3,1000,89]'],
    ['[9007199254740993, 18446744073709551615, 18446744073709551616]', '[9007199254740993,18446744073709551615,18446744073709552000]'],
    ['[2001-01-01, 2001-01-01T00:00:00Z, 1:30, 1.2.3]', '["2001-01-01","2001-01-01T00:00:00Z","1:30","1.2.3"]'],
    ['[1.5, .5, 1e3, +1, -0.0]', '[1.5,0.5,1000,1,0]'],
    ['[~, null, NULL, nUll, ""]', '[null,null,null,"nUll",""]'],
    ['{1: a, true: b, 1.5: c, "x": d}', '{"1":"a","true":"b","1.5":"c","x":"d"}'],
    ['__proto__: {a: 1}', '{"__proto__":{"a":1}}'],
    ['a: |\n  x\n  y\nb: >\n  x\n  y\n', '{"a":"x\\ny\\n","b":"x y\\n"}'],
    ['', 'null'],
  ])('%j', (text, expected) => expect(json(text)).toBe(expected))
})

test('anchors and merges', () => {
  const value = parseYaml('base: &b {x: 1, z: 2}\nuse:\n  <<: *b\n  z: 3\nsame: *b\n').value as { base: object; same: object }
  expect(value).toEqual({ base: { x: 1, z: 2 }, use: { x: 1, z: 3 }, same: { x: 1, z: 2 } })
  expect(value.same).not.toBe(value.base)
})

test('duplicate keys: the last wins, and strict callers are told the line', () => {
  const { value, duplicates } = parseYaml('apiVersion: v1\ndata:\n  k: a\n  k: b\n  l: c\napiVersion: v2\n')
  expect(value).toEqual({ apiVersion: 'v2', data: { k: 'b', l: 'c' } })
  expect(duplicates).toEqual(['line 4: key "k" already set in map', 'line 6: key "apiVersion" already set in map'])
})

test('documents of a file; the first alone for request bodies', () => {
  expect(parseYamlDocuments('---\na: 1\n---\n---\nb: 2\n...\n')).toEqual([{ a: 1 }, { b: 2 }])
  expect(parseYaml('a: 1\n---\nb: 2\n').value).toEqual({ a: 1 })
})

describe('refused', () => {
  const lol = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)].join(
    '\n',
  )
  test.each([
    ['a: b\n c: d', 'error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context'],
    ['{"a": "b"', "error converting YAML to JSON: yaml: line 1: did not find expected ',' or '}'"],
    ['a:\n\t- b', 'error converting YAML to JSON: yaml: line 2: found character that cannot start any token'],
    ['a: *x', "error converting YAML to JSON: yaml: unknown anchor 'x' referenced"],
    ['a: &a [*a]', 'error converting YAML to JSON: yaml: anchor value contains itself'],
    ['a: .inf', 'error converting YAML to JSON: json: unsupported value: .inf'],
    [lol, 'error converting YAML to JSON: yaml: document contains excessive aliasing'],
  ])('%j', (text, expected) => expect(() => parseYaml(text)).toThrow(expected))

  test('nested without end', () => expect(() => parseYaml('['.repeat(100_000))).toThrow(/error converting YAML to JSON/))
})
