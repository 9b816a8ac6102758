// The message is read with the published numbers of its fields, as a client reads it, and turned back into JSON.
import protobuf from 'protobufjs'
import { expect, test } from 'vitest'
import { loadDescriptions } from './descriptions.ts'
import { groupVersions, v3Document } from './documents.ts'
import { openapiMessage } from './openapi-protobuf.ts'

/** Of each message: field -> [number, type], lists with `[]`. Source: github.com/google/gnostic openapiv3/OpenAPIv3.proto. */
const messages: Readonly<Record<string, Readonly<Record<string, readonly [number, string]>>>> = {
  Document: { openapi: [1, 'string'], info: [2, 'Info'], paths: [4, 'Paths'], components: [5, 'Components'], security: [6, 'Security[]'] },
  Info: { title: [1, 'string'], version: [6, 'string'] },
  Paths: { path: [1, 'NamedPathItem[]'] },
  NamedPathItem: { name: [1, 'string'], value: [2, 'PathItem'] },
  PathItem: {
    get: [4, 'Operation'],
    put: [5, 'Operation'],
    post: [6, 'Operation'],
    delete: [7, 'Operation'],
    patch: [10, 'Operation'],
    parameters: [13, 'ParameterOrReference[]'],
  },
  Operation: {
    tags: [1, 'string[]'],
    operationId: [5, 'string'],
    parameters: [6, 'ParameterOrReference[]'],
    requestBody: [7, 'BodyOrReference'],
    responses: [8, 'Responses'],
    extensions: [13, 'NamedAny[]'],
  },
  ParameterOrReference: { parameter: [1, 'Parameter'] },
  Parameter: { name: [1, 'string'], in: [2, 'string'], description: [3, 'string'], required: [4, 'bool'], schema: [10, 'SchemaOrReference'] },
  BodyOrReference: { body: [1, 'Body'] },
  Body: { content: [2, 'MediaTypes'], required: [3, 'bool'] },
  MediaTypes: { properties: [1, 'NamedMediaType[]'] },
  NamedMediaType: { name: [1, 'string'], value: [2, 'MediaType'] },
  MediaType: { schema: [1, 'SchemaOrReference'] },
  Responses: { responses: [2, 'NamedResponse[]'] },
  NamedResponse: { name: [1, 'string'], value: [2, 'ResponseOrReference'] },
  ResponseOrReference: { response: [1, 'Response'] },
  Response: { description: [1, 'string'], content: [3, 'MediaTypes'] },
  Components: { schemas: [1, 'Properties'], securitySchemes: [7, 'Schemes'] },
  Schemes: { properties: [1, 'NamedScheme[]'] },
  NamedScheme: { name: [1, 'string'], value: [2, 'SchemeOrReference'] },
  SchemeOrReference: { scheme: [1, 'Scheme'] },
  Scheme: { type: [1, 'string'], description: [2, 'string'], name: [3, 'string'], in: [4, 'string'] },
  Security: { properties: [1, 'NamedStrings[]'] },
  NamedStrings: { name: [1, 'string'] },
  Properties: { properties: [1, 'NamedSchema[]'] },
  NamedSchema: { name: [1, 'string'], value: [2, 'SchemaOrReference'] },
  SchemaOrReference: { schema: [1, 'Schema'], reference: [2, 'Reference'] },
  Reference: { ref: [1, 'string'] },
  Schema: {
    uniqueItems: [20, 'bool'],
    required: [23, 'string[]'],
    enum: [24, 'Any[]'],
    type: [25, 'string'],
    allOf: [26, 'SchemaOrReference[]'],
    oneOf: [27, 'SchemaOrReference[]'],
    items: [30, 'Items'],
    properties: [31, 'Properties'],
    additionalProperties: [32, 'Additional'],
    default: [33, 'Default'],
    description: [34, 'string'],
    format: [35, 'string'],
    extensions: [36, 'NamedAny[]'],
  },
  Items: { schemas: [1, 'SchemaOrReference[]'] },
  Additional: { schema: [1, 'SchemaOrReference'] },
  Default: { number: [1, 'double'], boolean: [2, 'bool'], string: [3, 'string'] },
  NamedAny: { name: [1, 'string'], value: [2, 'Any'] },
  Any: { yaml: [2, 'string'] },
}

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(messages).map(([name, fields]) => {
      const described = Object.entries(fields).map(([field, [id, type]]) => {
        const isList = type.endsWith('[]')
        return [field, { id, type: isList ? type.slice(0, -2) : type, ...(isList ? { rule: 'repeated' } : {}) }]
      })
      // Of a choice, also what is empty is written.
      const oneofs = name === 'Default' ? { oneofs: { value: { oneof: Object.keys(fields) } } } : {}
      return [name, { ...oneofs, fields: Object.fromEntries(described) as Record<string, protobuf.IField> }]
    }),
  ),
})

// oxlint-disable-next-line typescript/no-explicit-any -- a message is what its bytes make it
type Message = any
const byName = (list: Message[] = [], read: (value: Message) => unknown = (value) => value) =>
  Object.fromEntries(list.map((each: Message) => [each.name, read(each.value)]))
const extended = (list: Message[] = []) => byName(list, (value) => JSON.parse(value.yaml) as unknown)

function schemaOf({ schema, reference }: Message): unknown {
  if (reference) return { $ref: reference.ref }
  const { enum: values, allOf, oneOf, items, properties, additionalProperties, default: initial, extensions, ...plain } = schema
  return {
    ...plain,
    ...extended(extensions),
    ...(values && { enum: values.map((value: Message) => JSON.parse(value.yaml) as unknown) }),
    ...(allOf && { allOf: allOf.map(schemaOf) }),
    ...(oneOf && { oneOf: oneOf.map(schemaOf) }),
    ...(items && { items: schemaOf(items.schemas[0]) }),
    ...(properties && { properties: byName(properties.properties, schemaOf) }),
    ...(additionalProperties && { additionalProperties: schemaOf(additionalProperties.schema) }),
    ...(initial && { default: Object.values(initial)[0] ?? {} }),
  }
}

/** What stands beside a reference has no place in the message. */
const bare = (_key: string, value: Message) => (typeof value?.$ref === 'string' ? { $ref: value.$ref as string } : value)
const expected = (value: unknown) => JSON.parse(JSON.stringify(value, bare)) as unknown

const contentOf = ({ properties }: Message) => byName(properties, ({ schema }) => ({ schema: schemaOf(schema) }))

test('every schema of every group version comes as it is in JSON', async () => {
  const descriptions = await loadDescriptions()
  for (const resources of groupVersions().values()) {
    const document = v3Document(resources, descriptions) as Message
    const bytes = await openapiMessage(document)
    const read = root.lookupType('Document').toObject(root.lookupType('Document').decode(bytes)) as Message
    expect(byName(read.components.schemas.properties, schemaOf)).toEqual(expected(document.components.schemas))
    expect(read.paths.path.map(({ name }: Message) => name as string)).toEqual(Object.keys(document.paths))
  }
})

test('operations, with what clients look for', async () => {
  const document = v3Document(groupVersions().get('api/v1')!, await loadDescriptions()) as Message
  const read = root.lookupType('Document').toObject(root.lookupType('Document').decode(await openapiMessage(document))) as Message
  expect([read.openapi, read.info, read.security]).toEqual([document.openapi, document.info, [{ properties: [{ name: 'BearerToken' }] }]])
  expect(byName(read.components.securitySchemes.properties, ({ scheme }) => scheme)).toEqual(document.components.securitySchemes)
  const path = '/api/v1/namespaces/{namespace}/pods/{name}'
  const { value } = read.paths.path.find(({ name }: Message) => name === path)
  const wanted = document.paths[path]
  const parametersOf = (list: Message[]) => list.map(({ parameter }) => ({ ...parameter, schema: schemaOf(parameter.schema) }))
  expect(parametersOf(value.parameters)).toEqual(expected(wanted.parameters))
  expect(parametersOf(value.patch.parameters)).toEqual(expected(wanted.patch.parameters))
  expect(extended(value.patch.extensions)).toMatchObject({ 'x-kubernetes-group-version-kind': wanted.patch['x-kubernetes-group-version-kind'] })
  expect({ ...value.patch.requestBody.body, content: contentOf(value.patch.requestBody.body.content) }).toEqual(expected(wanted.patch.requestBody))
  const responses = byName(value.get.responses.responses, ({ response }) => ({
    ...response,
    ...(response.content && { content: contentOf(response.content) }),
  }))
  expect(responses).toEqual(expected(wanted.get.responses))
})
