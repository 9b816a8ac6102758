// DeleteOptions as a body. Source: k8s.io/apiserver pkg/endpoints/handlers/delete.go.
import { badRequest } from '../../apimachinery/api-error.ts'
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import type { Format } from './negotiation.ts'

export const deleteOptionsType = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'
const metaScheme = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27'

/** @throws {ApiError} 400 */
export function parseDeleteOptions(codec: Codec, body: Uint8Array, format: Format): JsonObject {
  try {
    if (format === 'protobuf') return codec.decodeProtobuf(() => deleteOptionsType, body).object
    const { value } = format === 'yaml' ? codec.parseYaml(body) : parseJson(codec, body)
    const { kind = 'DeleteOptions', apiVersion = 'v1', ...members } = (value ?? {}) as JsonObject
    if (kind !== 'DeleteOptions' && kind !== '') {
      throw badRequest(`no kind ${goQuote(textOf(kind))} is registered for version ${goQuote(textOf(apiVersion))} in scheme ${goQuote(metaScheme)}`)
    }
    return codec.convert(deleteOptionsType, members).object
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message)
    throw error
  }
}

/** Of what stands where a name should. */
const shownCharsMax = 1000
const textOf = (value: JsonValue) => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, shownCharsMax)

function parseJson(codec: Codec, body: Uint8Array) {
  try {
    return codec.parseJson(body)
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`)
    throw error
  }
}
