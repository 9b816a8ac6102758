// DeleteOptions come in the body, or else in the query. Source: k8s.io/apiserver pkg/endpoints/handlers/delete.go.
import { badRequest } from '../../apimachinery/api-error.ts'
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import { typeMetaOf } from '../../apimachinery/codec/find-type.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { auditRequestObject } from '../audit/bodies.ts'
import type { ApiRequest } from '../http/api-request.ts'
import { validateDeleteOptions } from '../registry/generic/delete.ts'
import type { DeleteOptions } from '../registry/generic/graceful-deletion.ts'
import { bodyFormat } from './negotiation.ts'
import { booleanOf, integerOf } from './query-options.ts'

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
  validateDeleteOptions(options)
  return options
}

function fromBody(codec: Codec, request: ApiRequest, body: Uint8Array): DeleteOptions {
  const format = bodyFormat(request.headers['content-type'])
  try {
    if (format === 'protobuf') return codec.decodeProtobuf(() => deleteOptionsType, body).object as DeleteOptions
    const { value } = format === 'yaml' ? codec.parseYaml(body) : parseJson(codec, body)
    const { kind, apiVersion } = typeMetaOf(value)
    if (apiVersion.split('/').length > 2) throw badRequest(`unexpected GroupVersion string: ${apiVersion}`)
    if (kind !== 'DeleteOptions' && kind !== '') {
      throw badRequest(`no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion || 'v1')} in scheme ${goQuote(metaScheme)}`)
    }
    const { kind: _kind, apiVersion: _apiVersion, ...members } = (value ?? {}) as JsonObject
    return codec.convert(deleteOptionsType, members).object as DeleteOptions
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message.replace('error converting YAML to JSON: ', ''))
    throw error
  }
}

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
  const uid = query.get('uid')
  const resourceVersion = query.get('resourceVersion')
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(propagationPolicy === null ? {} : { propagationPolicy }),
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...(uid || resourceVersion ? { preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) } } : {}),
  }
}
