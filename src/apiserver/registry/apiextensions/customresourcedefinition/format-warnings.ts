// Formats of strings that nobody checks are told of. Source: k8s.io/apiextensions-apiserver
// pkg/registry/customresourcedefinition/strategy.go (getUnrecognizedFormatsInSchema), pkg/apiserver/validation/formats.go.
import type { CustomResourceDefinition, JSONSchemaProps } from '../../../../api/apiextensions/v1.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { isObject } from '../../../../apimachinery/json-equal.ts'

/** Without the dashes, which do not count. */
const known = new Set([
  'bsonobjectid',
  'byte',
  'cidr',
  'creditcard',
  'date',
  'datetime',
  'duration',
  'email',
  'hexcolor',
  'hostname',
  'ipv4',
  'ipv6',
  'isbn',
  'isbn10',
  'isbn13',
  'k8slongname',
  'k8sshortname',
  'mac',
  'password',
  'quantity',
  'rgbcolor',
  'ssn',
  'uri',
  'uuid',
  'uuid3',
  'uuid4',
  'uuid5',
])

const valuesOf = (map: unknown): readonly unknown[] => (isObject(map) ? Object.values(map) : [])
const listOf = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : [])

/** The schemas in a schema, in upstream's order; also what is none, such as `true` or the names of a dependency. */
const partsOf = (schema: JSONSchemaProps): readonly unknown[] => [
  ...(Array.isArray(schema.items) ? schema.items : [schema.items]),
  ...listOf(schema.allOf),
  ...listOf(schema.anyOf),
  ...listOf(schema.oneOf),
  schema.not,
  ...valuesOf(schema.properties),
  schema.additionalProperties,
  ...valuesOf(schema.patternProperties),
  schema.additionalItems,
  ...valuesOf(schema.definitions),
  ...valuesOf(schema.dependencies),
]

function unknownFormats({ spec }: CustomResourceDefinition): ReadonlySet<string> {
  const found = new Set<string>()
  // A stack, not recursion: schemas are as deep as somebody writes them.
  const left: unknown[] = (spec.versions ?? []).map(({ schema }) => schema?.openAPIV3Schema).toReversed()
  while (left.length > 0) {
    const schema = left.pop()
    if (!isObject(schema)) continue
    const { type, format } = schema as JSONSchemaProps
    if (type === 'string' && format && !known.has(format.replaceAll('-', ''))) found.add(format)
    left.push(...partsOf(schema as JSONSchemaProps).toReversed())
  }
  return found
}

/** @param old the stored definition: what it says already is not told again */
export function formatWarnings(definition: CustomResourceDefinition, old?: CustomResourceDefinition): readonly string[] {
  const formats = unknownFormats(definition)
  const before: ReadonlySet<string> = old && formats.size > 0 ? unknownFormats(old) : new Set()
  return [...formats].filter((format) => !before.has(format)).map((format) => `unrecognized format ${goQuote(format)}`)
}
