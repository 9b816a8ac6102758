// An OpenAPI v3 document as the protobuf message that older clients read (gnostic's openapi.v3.Document). Field numbers:
// github.com/google/gnostic openapiv3/OpenAPIv3.proto.
import { any, batched, entriesOf, extensions, message, named } from './protobuf-parts.ts'
import type { ProtobufMessage } from './protobuf-writer.ts'
import type { Json } from './schema-objects.ts'

/** @param document of {@link v3Document} */
export async function openapiMessage(document: Json): Promise<Buffer> {
  const { openapi, info, paths, components, security } = document as { openapi: string; info: Json; paths: Json; components: Json; security: Json[] }
  const schemes = entriesOf(components['securitySchemes']).map(([name, value]) => named(name, inPlace(securityScheme(value as Json))))
  const out = message()
    .string(1, openapi)
    .message(
      2,
      message()
        .string(1, info['title'] as string)
        .string(6, info['version'] as string),
    )
    .message(4, message().messages(1, await batched(paths, pathItem)))
    .message(
      5,
      message()
        .message(1, message().messages(1, await batched(components['schemas'], schema)))
        .message(7, message().messages(1, schemes)),
    )
  for (const requirement of security) {
    const arrays = entriesOf(requirement).map(([name, scopes]) => named(name, message().strings(1, scopes as string[])))
    out.message(6, message().messages(1, arrays))
  }
  return out.encode()
}

/** The first choice of `XOrReference`. */
const inPlace = (value: ProtobufMessage) => message().message(1, value)

const securityScheme = (scheme: Json) =>
  message()
    .string(1, scheme['type'] as string)
    .string(2, scheme['description'] as string)
    .string(3, scheme['name'] as string)
    .string(4, scheme['in'] as string)

const methods: Readonly<Record<string, number>> = { get: 4, put: 5, post: 6, delete: 7, options: 8, head: 9, patch: 10 }

function pathItem(item: Json): ProtobufMessage {
  const out = message()
  for (const [method, number] of Object.entries(methods)) if (item[method]) out.message(number, operation(item[method] as Json))
  return out.messages(13, parameters(item)).messages(14, extensions(item))
}

function operation(object: Json): ProtobufMessage {
  const body = object['requestBody'] as Json | undefined
  const responses = entriesOf(object['responses']).map(([code, value]) => named(code, inPlace(response(value as Json))))
  return message()
    .strings(1, object['tags'] as string[])
    .string(3, object['description'] as string)
    .string(5, object['operationId'] as string)
    .messages(6, parameters(object))
    .message(
      7,
      body &&
        inPlace(
          message()
            .message(2, content(body))
            .bool(3, body['required'] as boolean),
        ),
    )
    .message(8, message().messages(2, responses))
    .messages(13, extensions(object))
}

const response = (object: Json) =>
  message()
    .string(1, object['description'] as string)
    .message(3, object['content'] === undefined ? undefined : content(object))

/** MediaTypes { MediaType } */
const content = (object: Json) => {
  const types = entriesOf(object['content']).map(([type, value]) => named(type, message().message(1, schema((value as Json)['schema'] as Json))))
  return message().messages(1, types)
}

const parameters = (object: Json) =>
  ((object['parameters'] ?? []) as Json[]).map((parameter) =>
    inPlace(
      message()
        .string(1, parameter['name'] as string)
        .string(2, parameter['in'] as string)
        .string(3, parameter['description'] as string)
        .bool(4, parameter['required'] as boolean)
        .message(10, schema(parameter['schema'] as Json)),
    ),
  )

/** SchemaOrReference */
function schema(object: Json): ProtobufMessage {
  if (object['$ref'] !== undefined) return message().message(2, message().string(1, object['$ref'] as string))
  const { additionalProperties, items, properties, allOf = [], oneOf = [] } = object as Schema
  return inPlace(
    message()
      .bool(20, object['uniqueItems'] as boolean)
      .strings(23, object['required'] as string[])
      .messages(24, ((object['enum'] ?? []) as unknown[]).map(any))
      .string(25, object['type'] as string)
      .messages(26, allOf.map(schema))
      .messages(27, oneOf.map(schema))
      .message(30, items && message().message(1, schema(items)))
      .message(
        31,
        properties &&
          message().messages(
            1,
            entriesOf(properties).map(([name, value]) => named(name, schema(value as Json))),
          ),
      )
      .message(32, additionalProperties && message().message(1, schema(additionalProperties)))
      .message(33, object['default'] === undefined ? undefined : defaultType(object['default']))
      .string(34, object['description'] as string)
      .string(35, object['format'] as string)
      .messages(36, extensions(object)),
  )
}

interface Schema {
  readonly additionalProperties?: Json
  readonly items?: Json
  readonly properties?: Json
  readonly allOf?: readonly Json[]
  readonly oneOf?: readonly Json[]
}

/** What is no scalar is there without a value. */
function defaultType(value: unknown): ProtobufMessage {
  if (typeof value === 'number') return message().oneOf(1, value)
  if (typeof value === 'boolean') return message().oneOf(2, value)
  return typeof value === 'string' ? message().oneOf(3, value) : message()
}
