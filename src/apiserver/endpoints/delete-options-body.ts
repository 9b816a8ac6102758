// DeleteOptions as a body. Source: k8s.io/apiserver pkg/endpoints/handlers/delete.go.
import { badRequest } from '../../apimachinery/api-error.ts'
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import { typeMetaOf } from '../../apimachinery/codec/find-type.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { Format } from './negotiation.ts'

export const deleteOptionsType = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'
const metaScheme = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27'

/** @throws {ApiError} 400 */
export function parseDeleteOptions(codec: Codec, body: Uint8Array, format: Format): JsonObject {
  try {
    if (format === 'protobuf') return codec.decodeProtobuf(() => deleteOptionsType, body).object
    const { value } = format === 'yaml' ? codec.parseYaml(body) : parseJson(codec, body)
    const { kind, apiVersion } = typeMetaOf(value)
    if (apiVersion.split('/').length > 2) throw badRequest(`unexpected GroupVersion string: ${shown(apiVersion)}`)
    if (kind !== 'DeleteOptions' && kind !== '') {
      throw badRequest(`no kind ${goQuote(shown(kind))} is registered for version ${goQuote(shown(apiVersion || 'v1'))} in scheme ${goQuote(metaScheme)}`)
    }
    const { kind: _kind, apiVersion: _apiVersion, ...members } = (value ?? {}) as JsonObject
    return codec.convert(deleteOptionsType, members).object
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message.replace('error converting YAML to JSON: ', ''))
    throw error
  }
}

/** Of what stands where a name should. */
const shownCharsMax = 1000
const shown = (text: string) => text.slice(0, shownCharsMax)

function parseJson(codec: Codec, body: Uint8Array) {
  try {
    return codec.parseJson(body)
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`)
    throw error
  }
}
