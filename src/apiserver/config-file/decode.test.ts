import { describe, expect, test } from 'vitest'
import { configGroupVersions, type ConfigKind, decodeConfigFile, decodeUnversioned } from './decode.ts'
import { configTypes } from './types.ts'

const types = { Fruit: { name: '!string', colour: '*string', seeds: 'int32', parts: '[]Part', prices: 'map[string]string' }, Part: { name: 'string' } }
const fruit: ConfigKind = { kind: 'Fruit', groupVersions: configGroupVersions('v1', 'v1beta1'), types: configTypes(types, { root: 'Fruit' }) }
const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: Fruit\n'
const jsonHead = '"apiVersion":"apiserver.config.k8s.io/v1","kind":"Fruit"'

describe('what is read', () => {
  const top = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'Fruit' }
  test.each([
    ['YAML', `${head}name: kiwi\nparts: [{name: skin}]\nprices: {eur: "1"}`, { ...top, name: 'kiwi', parts: [{ name: 'skin' }], prices: { eur: '1' } }],
    ['JSON', `{${jsonHead},"name":"kiwi","seeds":3}`, { ...top, name: 'kiwi', seeds: 3 }],
    ['!string is there always', head, { ...top, name: '' }],
    ['*string is there when it is empty', `${head}colour: ""`, { ...top, name: '', colour: '' }],
  ])('%s', (_, text, expected) => expect(decodeConfigFile(text, fruit)).toEqual(expected))

  test('files from before there were versions', () => {
    expect(decodeUnversioned('name: kiwi', 'Fruit', configTypes(types))).toEqual({ name: 'kiwi' })
  })
})

const confidential = { ...fruit, isConfidential: true }

test.each([
  ['an empty file', '', fruit, "Object 'Kind' is missing in '{}'"],
  ['no kind', 'name: kiwi', fruit, `Object 'Kind' is missing in '{"name":"kiwi"}'`],
  ['no kind, where fields may hold keys', 'name: kiwi', confidential, `Object 'Kind' is missing in '["name"]'`],
  ['no version', 'kind: Fruit', fruit, `Object 'apiVersion' is missing in '{"kind":"Fruit"}'`],
  ['another kind', 'kind: Pod\napiVersion: v1', fruit, 'no kind "Pod" is registered for version "v1" in scheme "pkg/runtime/scheme.go:110"'],
  ['no object', '[1]', fruit, "couldn't get version/kind; json parse error: json: cannot unmarshal array"],
  ['a misspelt field', `${head}nmae: kiwi`, fruit, 'strict decoding error: unknown field "nmae"'],
  ['a field of a field', `${head}parts: [{nmae: skin}]`, fruit, 'strict decoding error: unknown field "parts[0].nmae"'],
  ['a field twice', `${head}name: a\nname: b`, fruit, 'strict decoding error: yaml: unmarshal errors:\n  line 4: key "name" already set in map'],
  ['a field twice, in JSON', `{${jsonHead},"name":"a","name":"b"}`, fruit, 'strict decoding error: duplicate field "name"'],
  ['another type', `${head}seeds: many`, fruit, 'json: cannot unmarshal string into Go struct field Fruit.seeds of type int32'],
  ['no YAML', 'a: b: c', fruit, 'yaml'],
])('%s is refused', (_, text, kind, message) => expect(() => decodeConfigFile(text, kind)).toThrow(message))
