// Expectations: TestGetUnrecognizedFormats of k8s.io/apiextensions-apiserver pkg/apiserver/validation/formats_test.go, and the strategy's tests.
import { expect, test } from 'vitest'
import type { CustomResourceDefinition } from '../../../../api/apiextensions/v1.ts'
import { formatWarnings } from './format-warnings.ts'

const define = (...schemas: readonly object[]) =>
  ({ spec: { versions: schemas.map((openAPIV3Schema) => ({ schema: { openAPIV3Schema } })) } }) as unknown as CustomResourceDefinition
const text = (format: string) => ({ type: 'string', format })

test.each<[name: string, schema: object, expected: readonly string[]]>([
  ['a known one', text('email'), []],
  ['dashes do not count', { properties: { a: text('date-time'), b: text('datetime'), c: text('k8s-short-name'), d: text('k8sshortname') } }, []],
  ['an unknown one', text('phone'), ['unrecognized format "phone"']],
  ['none', text(''), []],
  ['only formats of strings are looked at', { properties: { a: { type: 'integer', format: 'x' }, b: { format: 'y' } } }, []],
  ['each is told once', { items: text('x'), properties: { a: text('x') } }, ['unrecognized format "x"']],
  [
    'everywhere in a schema',
    {
      dependencies: { a: ['b'], c: text('11') },
      definitions: { a: text('10') },
      additionalItems: text('9'),
      patternProperties: { a: text('8') },
      additionalProperties: { properties: { a: text('7') } },
      properties: { a: text('6') },
      not: text('5'),
      oneOf: [text('4')],
      anyOf: [text('3')],
      allOf: [text('2')],
      items: text('1'),
    },
    Array.from({ length: 11 }, (_, i) => `unrecognized format "${i + 1}"`),
  ],
  ['what is no schema is none', { items: [text('x'), null], additionalProperties: true, properties: null, allOf: null }, ['unrecognized format "x"']],
])('formats: %s', (_, schema, expected) => expect(formatWarnings(define(schema))).toEqual(expected))

test('an update tells of new ones, whichever version has them', () => {
  expect(formatWarnings(define(text('b'), text('c'), text('d')), define(text('a'), text('b')))).toEqual(['unrecognized format "c"', 'unrecognized format "d"'])
})
