// What go-yaml v2 makes of each text (asked of the library itself).
import { describe, expect, test } from 'vitest'
import { parseYaml } from './yaml.ts'

describe('tags and ends of documents', () => {
  test.each<[string, unknown]>([
    ['a: !foo b', { a: 'b' }],
    ['a: !foo 12', { a: '12' }],
    ['a: !!foo 12', { a: '12' }],
    ['a: !<tag:x> 12', { a: '12' }],
    ['a: !<!foo> b', { a: 'b' }],
    ['a: !!python/none x', { a: 'x' }],
    ['a: !foo', { a: '' }],
    ['a: ! 12', { a: '12' }],
    ['a: !foo {b: 1}', { a: { b: 1 } }],
    ['a: !foo [1]', { a: [1] }],
    ['a: !!str [1]', { a: [1] }],
    ['a: !!set {x}', { a: { x: null } }],
    ['!!omap [a: 1]', [{ a: 1 }]],
    ['!foo\na: b', { a: 'b' }],
    ['- !a b\n- !c {d: 1}', ['b', { d: 1 }]],
    ['a: !foo &x b\nc: *x', { a: 'b', c: 'b' }],
    ['a: &x !foo b\nc: *x', { a: 'b', c: 'b' }],
    ['%TAG !e! tag:example.com,2000:\n---\na: !e!foo b', { a: 'b' }],
    ['a: !!merge x', { a: 'x' }],
    ['a: !!binary aGk=', { a: 'hi' }],
    ['a: !!timestamp 2001-01-01', { a: '2001-01-01' }],
    ['a: !!float 1', { a: 1 }],
    ['a: !!float 0x10', { a: 16 }],
    ['a: !!int "3"', { a: 3 }],
    ['a: !!str 1', { a: '1' }],
    ['a: !!bool "true"', { a: true }],
    ['a: !!null ""', { a: null }],
    ['a: "!foo"', { a: '!foo' }],
    ['  a: 1\nb: 2', { a: 1 }],
    ['   a: 1\n  b: 2\n', { a: 1 }],
    ['# c\n  a: 1\n# c\nb: 2', { a: 1 }],
    ['  - a\n- b\n', ['a']],
    ['a: 1\n%YAML 1.1\n', { a: 1 }],
    ['a: ._1', { a: '._1' }],
    ['a: "\\\\/"', { a: '\\/' }],
    ['a: "\\U0001F600"', { a: '😀' }],
  ])('%j', (text, expected) => expect(parseYaml(text).value).toEqual(expected))
})

describe('refused', () => {
  test.each([
    ['a: !!int b', 'cannot decode !!str `b` as a !!int'],
    ['a: !!int 3.5', 'cannot decode !!float `3.5` as a !!int'],
    ['a: !!int', 'cannot decode !!null `` as a !!int'],
    ['a: !!bool x', 'cannot decode !!str `x` as a !!bool'],
    ['a: !!null x', 'cannot decode !!str `x` as a !!null'],
    ['a: !!timestamp x', 'cannot decode !!str `x` as a !!timestamp'],
    ["a: !!binary '*'", '!!binary value contains invalid base64 data'],
    ['a: !x!foo b', 'found undefined tag handle'],
    ['%TAG !e! tag:example.com,2000:\n---\na: !x!foo b', 'line 2: found undefined tag handle'],
    ['a: !! b', 'did not find expected tag URI'],
    ['a: !<> b', 'did not find expected tag URI'],
    ['a: "\\/"', 'found unknown escape character'],
    ['a: "\\ud83d\\ude00"', 'found invalid Unicode character escape code'],
    ['a: "\\U00110000"', 'found invalid Unicode character escape code'],
  ])('%j', (text, expected) => {
    expect(() => parseYaml(text)).toThrow(expect.objectContaining({ message: `error converting YAML to JSON: yaml: ${expected}` }))
  })
})
