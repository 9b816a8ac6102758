// DeleteOptions come in the body, or else in the query. Source: k8s.io/apiserver pkg/endpoints/handlers/delete.go.
import { badRequest } from '../../apimachinery/api-error.ts'
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import { newInvalid } from '../../apimachinery/field-errors.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import { auditRequestObject } from '../audit/bodies.ts'
import type { ApiRequest } from '../http/api-request.ts'
import { validateDeleteOptions } from '../registry/generic/delete.ts'
import type { DeleteOptions } from '../registry/generic/graceful-deletion.ts'
import { bodyFormat } from './negotiation.ts'
import { booleanOf, dryRunErrors, integerOf } from './query-options.ts'

const deleteOptionsType = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'
const metaScheme = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27'

/** @throws {ApiError} 400, 415, 422 */
export async function deleteOptions(codec: Codec, request: ApiRequest): Promise<DeleteOptions> {
  const body = await request.body()
  const options = body.length > 0 ? fromBody(codec, request, body) : fromQuery(request.query)
  if (body.length > 0) {
    const object = () => ({ kind: 'DeleteOptions', apiVersion: 'v1', ...options }) as unknown as JsonObject
    auditRequestObject(request, codec, deleteOptionsType, object, undefined)
  }
  const errors = dryRunErrors(options.dryRun ?? [])
  if (errors.length > 0) throw newInvalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors)
  validateDeleteOptions(options)
  return options
}

function fromBody(codec: Codec, request: ApiRequest, body: Uint8Array): DeleteOptions {
  const format = bodyFormat(request.headers['content-type'])
  try {
    if (format === 'protobuf') return codec.decodeProtobuf(() => deleteOptionsType, body).object as DeleteOptions
    const { value } = format === 'yaml' ? codec.parseYaml(body) : parseJson(codec, body)
    const { kind = 'DeleteOptions', apiVersion = 'v1', ...members } = (value ?? {}) as JsonObject
    if (kind !== 'DeleteOptions' && kind !== '') {
      throw badRequest(`no kind ${goQuote(textOf(kind))} is registered for version ${goQuote(textOf(apiVersion))} in scheme ${goQuote(metaScheme)}`)
    }
    return codec.convert(deleteOptionsType, members).object as DeleteOptions
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message.replace('error converting YAML to JSON: ', ''))
    throw error
  }
}

const textOf = (value: JsonValue) => (typeof value === 'string' ? value : JSON.stringify(value))

function parseJson(codec: Codec, body: Uint8Array) {
  try {
    return codec.parseJson(body)
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`)
    throw error
  }
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const gracePeriodSeconds = integerOf(query, 'gracePeriodSeconds')
  const orphanDependents = booleanOf(query, 'orphanDependents')
  const propagationPolicy = query.get('propagationPolicy')
  const dryRun = query.getAll('dryRun')
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(propagationPolicy ? { propagationPolicy } : {}),
    ...(dryRun.length > 0 ? { dryRun } : {}),
  }
}
