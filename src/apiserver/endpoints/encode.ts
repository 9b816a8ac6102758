// Single objects as answers, in whatever form was negotiated.
// Source: k8s.io/apiserver pkg/endpoints/handlers/response.go, responsewriters/writers.go.
import { ApiError } from '../../apimachinery/api-error.ts'
import type { Codec } from '../../apimachinery/codec/codec.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject } from '../../api/object.ts'
import { auditResponseObject } from '../audit/bodies.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import type { Entry } from '../cacher/entry.ts'
import { tableDocument, type TableRequest } from '../tables/table.ts'
import type { TablePrinter } from '../tables/printer.ts'
import { type Conversion, contentTypes, type Format, type Negotiated, wantsPretty } from './negotiation.ts'
import { encodeYaml } from './yaml.ts'

/** A value to be encoded: an object, a list or an answer such as a Status. */
export interface Answer {
  readonly type: string
  readonly object: JsonObject
  /** The same as bytes, when they are at hand and no conversion is asked for. */
  readonly entry?: Entry | undefined
}

/** Spaces of each level of JSON for people. */
export const indentWidth = 2

/** Encodes canonical JSON in a format. `pretty` concerns JSON only, which then ends without a newline, as Go's does. */
export function encode(codec: Codec, type: string, object: JsonObject, format: Format, pretty: boolean): Uint8Array | string {
  if (format === 'protobuf') return codec.encodeProtobuf(type, object)
  if (format === 'yaml') return encodeYaml(object)
  return pretty ? codec.encodeJson(object, indentWidth) : `${codec.encodeJson(object)}\n`
}

interface Form {
  readonly format: Format
  readonly pretty: boolean
}

/** {@link encode}, for the audit event of a slow request. */
function timedEncode(codec: Codec, { audit }: ApiRequest, type: string, object: JsonObject, { format, pretty }: Form): Uint8Array | string {
  const serialized = audit?.time('serialize-response-object')
  const body = encode(codec, type, object, format, pretty)
  serialized?.()
  return body
}

/** metadata of an object as PartialObjectMetadata. */
export function partialMetadata(object: JsonObject, { version }: Pick<Conversion, 'version'>): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object['metadata'] ?? {} }
}

export const partialMetadataType = 'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata'

/**
 * @param printer of the object's kind, for Table
 * @param goType how Go names the type, for refusals: `*core.ConfigMap`
 * @throws {ApiError} 406 when the conversion does not fit an object
 */
export function objectResponse(
  codec: Codec,
  request: ApiRequest,
  negotiated: Negotiated,
  status: number,
  answer: Answer,
  printer: TablePrinter | undefined,
  goType: string,
): ApiResponse {
  const { format, conversion } = negotiated
  const pretty = wantsPretty(request.query, request.headers['user-agent'], negotiated)
  const headers = { 'content-type': contentTypes[format] }
  if (conversion === undefined) {
    auditResponseObject(request, codec, () => answer.object)
    if (answer.entry && format === 'json' && !pretty) return { status, headers, body: answer.entry.bytes }
    return { status, headers, body: timedEncode(codec, request, answer.type, answer.object, { format, pretty }) }
  }
  const transformed = request.audit?.time('transform-response-object')
  if (conversion.kind === 'Table') {
    const table = tableDocument(printer!, [answer.object as unknown as KubeObject], tableRequest(request, conversion, answer.object))
    transformed?.()
    auditResponseObject(request, codec, () => table)
    return { status, headers, body: timedEncode(codec, request, '', table, { format, pretty }) }
  }
  if (conversion.kind === 'PartialObjectMetadataList') {
    throw new ApiError('NotAcceptable', `you requested PartialObjectMetadataList, but the requested object is not a list (${goType})`)
  }
  const metadata = partialMetadata(answer.object, conversion)
  transformed?.()
  auditResponseObject(request, codec, () => metadata)
  return { status, headers, body: timedEncode(codec, request, partialMetadataType, metadata, { format, pretty }) }
}

function tableRequest(request: ApiRequest, { version }: Conversion, source: JsonObject): TableRequest {
  const metadata = (source['metadata'] ?? {}) as JsonObject
  return {
    version,
    includeObject: includeObject(request.query),
    metadata: metadata['resourceVersion'] ? { resourceVersion: metadata['resourceVersion'] } : {},
  }
}

type IncludeObject = 'None' | 'Metadata' | 'Object'

/** @throws {ApiError} 400 */
export function includeObject(query: URLSearchParams): IncludeObject {
  const text = query.get('includeObject') || 'Metadata'
  if (text === 'None' || text === 'Metadata' || text === 'Object') return text
  throw new ApiError(
    'BadRequest',
    `Unable to convert to Table as requested: includeObject: Invalid value: ${goQuote(text)}: must be 'Metadata', 'Object', 'None', or empty`,
  )
}
