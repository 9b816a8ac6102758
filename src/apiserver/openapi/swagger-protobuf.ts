// The OpenAPI v2 document as the protobuf message that kubectl reads (gnostic's openapi.v2.Document). Field numbers:
// github.com/google/gnostic openapiv2/OpenAPIv2.proto.
import { any, batched, entriesOf, extensions, message, named } from './protobuf-parts.ts'
import type { ProtobufMessage } from './protobuf-writer.ts'
import type { Json } from './schema-objects.ts'

/** @param document of {@link v2Document} */
export async function swaggerMessage(document: Json): Promise<Buffer> {
  const info = document['info'] as Json
  const out = message()
    .string(1, document['swagger'] as string)
    .message(
      2,
      message()
        .string(1, info['title'] as string)
        .string(2, info['version'] as string),
    )
    .message(8, message().messages(2, await batched(document['paths'], pathItem)))
    .message(9, message().messages(1, await batched(document['definitions'], schema)))
  for (const requirement of document['security'] as Json[]) {
    const arrays = entriesOf(requirement).map(([name, scopes]) => named(name, message().strings(1, scopes as string[])))
    out.message(12, message().messages(1, arrays))
  }
  const definitions = entriesOf(document['securityDefinitions']).map(([name, value]) => named(name, message().message(2, apiKey(value as Json))))
  return out.message(13, message().messages(1, definitions)).encode()
}

const apiKey = (key: Json) =>
  message()
    .string(1, key['type'] as string)
    .string(2, key['name'] as string)
    .string(3, key['in'] as string)
    .string(4, key['description'] as string)

const methods: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 }

function pathItem(item: Json): ProtobufMessage {
  const out = message()
  for (const [method, number] of Object.entries(methods)) if (item[method]) out.message(number, operation(item[method] as Json))
  return out.messages(9, parametersOf(item)).messages(10, extensions(item))
}

function operation(object: Json): ProtobufMessage {
  const responses = entriesOf(object['responses']).map(([code, value]) => named(code, message().message(1, response(value as Json))))
  return message()
    .strings(1, object['tags'] as string[])
    .string(3, object['description'] as string)
    .string(5, object['operationId'] as string)
    .strings(6, object['produces'] as string[])
    .strings(7, object['consumes'] as string[])
    .messages(8, parametersOf(object))
    .message(9, message().messages(1, responses))
    .strings(10, object['schemes'] as string[])
    .messages(13, extensions(object))
}

function response(object: Json): ProtobufMessage {
  const of = object['schema'] as Json | undefined
  return message()
    .string(1, object['description'] as string)
    .message(2, of && message().message(1, schema(of)))
}

/** ParametersItem { parameter: Parameter { bodyParameter | nonBodyParameter } } */
const parametersOf = (object: Json) =>
  ((object['parameters'] ?? []) as Json[]).map((p) => message().message(1, p['in'] === 'body' ? bodyParameter(p) : otherParameter(p)))

const bodyParameter = (p: Json) =>
  message().message(
    1,
    message()
      .string(2, p['name'] as string)
      .string(3, 'body')
      .bool(4, p['required'] as boolean)
      .message(5, schema(p['schema'] as Json)),
  )

/** A query parameter has one field more before its type than a path parameter has. */
function otherParameter(p: Json): ProtobufMessage {
  const isQuery = p['in'] === 'query'
  const body = message()
    .bool(1, p['required'] as boolean)
    .string(2, p['in'] as string)
    .string(3, p['description'] as string)
    .string(4, p['name'] as string)
    .string(isQuery ? 6 : 5, p['type'] as string)
    .bool(isQuery ? 20 : 19, p['uniqueItems'] as boolean)
  return message().message(2, message().message(isQuery ? 3 : 4, body))
}

function schema(object: Json): ProtobufMessage {
  const { additionalProperties, items, properties, type } = object as { additionalProperties?: Json; items?: Json; properties?: Json; type?: string }
  return message()
    .string(1, object['$ref'] as string)
    .string(2, object['format'] as string)
    .string(4, object['description'] as string)
    .message(5, object['default'] === undefined ? undefined : any(object['default']))
    .strings(19, object['required'] as string[])
    .messages(20, ((object['enum'] ?? []) as unknown[]).map(any))
    .message(21, additionalProperties && message().message(1, schema(additionalProperties)))
    .message(22, type === undefined ? undefined : message().string(1, type))
    .message(23, items && message().message(1, schema(items)))
    .message(
      25,
      properties &&
        message().messages(
          1,
          entriesOf(properties).map(([name, value]) => named(name, schema(value as Json))),
        ),
    )
    .messages(31, extensions(object))
}
