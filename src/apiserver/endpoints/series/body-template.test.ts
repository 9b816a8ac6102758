import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { codec } from '../../../api/codec.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import { BodyTemplate } from './body-template.ts'

const bytes = (text: string) => Buffer.from(text)
const parse = (body: Buffer) => JSON.parse(body.toString()) as JsonObject

test.each<[string, string, string, string, string | undefined]>([
  ['another name', '{"metadata":{"name":"a"}}', 'a', '{"metadata":{"name":"b-2"}}', 'b-2'],
  ['the same body', '{"metadata":{"name":"a"}}', 'a', '{"metadata":{"name":"a"}}', 'a'],
  ['another beginning', '{"metadata":{"name":"a"}}', 'a', '{"Metadata":{"name":"b"}}', undefined],
  ['another end', '{"metadata":{"name":"a"},"data":{"x":"1"}}', 'a', '{"metadata":{"name":"b"},"data":{"x":"2"}}', undefined],
  ['a longer end', '{"metadata":{"name":"a"}}', 'a', '{"metadata":{"name":"b"}} ', undefined],
  ['a name that ends the text', '{"metadata":{"name":"a"}}', 'a', '{"metadata":{"name":"b","x":"c"}}', undefined],
  ['a name with an escape', '{"metadata":{"name":"a"}}', 'a', '{"metadata":{"name":"\\u0062"}}', undefined],
  ['no name', '{"metadata":{"name":"a"}}', 'a', '{"metadata":{"name":""}}', undefined],
  ['a name longer than labels are', '{"metadata":{"name":"a"}}', 'a', `{"metadata":{"name":"${'b'.repeat(64)}"}}`, undefined],
  ['a name with dots', '{"metadata":{"name":"a"}}', 'a', '{"metadata":{"name":"b.c"}}', undefined],
  ['nothing', '{"metadata":{"name":"a"}}', 'a', '', undefined],
  ['without a name: the same', '{"metadata":{"generateName":"a-"}}', '', '{"metadata":{"generateName":"a-"}}', ''],
  ['without a name: another', '{"metadata":{"generateName":"a-"}}', '', '{"metadata":{"generateName":"b-"}}', undefined],
])('%s', (_, body, name, other, found) => {
  expect(BodyTemplate.of(bytes(body), name, 'json')!.nameIn(bytes(other))).toBe(found)
})

test.each<[string, string, string]>([
  ['stands twice', '{"metadata":{"name":"a","labels":{"x":"a"}}}', 'a'],
  ['does not stand there as it is', '{"metadata":{"name":"\\u0061"}}', 'a'],
  ['is no label', '{"metadata":{"name":"a.b"}}', 'a.b'],
])('no template when the name %s', (_, body, name) => {
  expect(BodyTemplate.of(bytes(body), name, 'json')).toBeUndefined()
})

test.each<[string, string, string, boolean]>([
  ['the name', '{"metadata":{"name":"a"}}', 'a', true],
  ['no name at all', '{"metadata":{"generateName":"a-"}}', '', true],
  ['something else, while the name is written otherwise', '{"metadata":{"labels":{"x":"a"},"name":"\\u0061"}}', 'a', false],
  ['a key, while the name is written otherwise', '{"metadata":{"name":"\\u0061"},"data":{"a":"1"}}', 'a', false],
  ['a name that is overwritten', '{"metadata":{"name":"a"},"metadata":{"name":"\\u0061"}}', 'a', false],
])('what it takes for the name is %s', (_, body, name, holds) => {
  expect(BodyTemplate.of(bytes(body), name, 'json')!.holds(parse)).toBe(holds)
})

test('what cannot be parsed here holds nothing', () => {
  const template = BodyTemplate.of(bytes('{"metadata":{"name":"a"},}'), 'a', 'json')!
  expect(template.holds(parse)).toBe(false)
})

test('in protobuf, where lengths are told, names are as long as the first', () => {
  const type = 'io.k8s.api.core.v1.ConfigMap'
  const message = (name: string) => Buffer.from(codec.encodeProtobuf(type, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } }))
  const template = BodyTemplate.of(message('map-1'), 'map-1', 'protobuf')!
  expect(['map-2', 'map-22', 'map'].map((name) => template.nameIn(message(name)))).toEqual(['map-2', undefined, undefined])
  expect(template.holds((body) => codec.decodeProtobuf(() => type, body).object)).toBe(true)
})

test('a body that is like the template says the same with another name', () => {
  const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/)
  const document = fc.tuple(fc.jsonValue(), fc.dictionary(fc.string(), fc.string()), fc.boolean())
  fc.assert(
    fc.property(document, label, label, fc.boolean(), ([more, labels, isFirst], name, other, isAlike) => {
      const body = (own: string) => bytes(JSON.stringify(isFirst ? { metadata: { name: own, labels }, more } : { more, metadata: { labels, name: own } }))
      const template = BodyTemplate.of(body(name), name, 'json')
      if (!template?.holds(parse)) return
      const sent = isAlike ? body(other) : bytes(JSON.stringify({ metadata: { name: other }, more }))
      const found = template.nameIn(sent)
      if (found === undefined) expect(isAlike).toBe(false)
      else expect(parse(sent)).toEqual(parse(body(found)))
    }),
  )
})
