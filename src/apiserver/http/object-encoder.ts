// Answers that are no objects of the API.
import type { Codec } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { encode, indentWidth } from '../endpoints/encode.ts'
import type { ApiResponse } from './api-request.ts'
import type { StatusEncoder } from './status-response.ts'

const statusType = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status'

export function statusEncoder(codec: Codec): StatusEncoder {
  return (status, mediaType) => {
    const format = mediaType === 'application/yaml' ? 'yaml' : mediaType === 'application/vnd.kubernetes.protobuf' ? 'protobuf' : undefined
    return format && { contentType: mediaType, body: encode(codec, statusType, status as unknown as JsonObject, format, false) }
  }
}

export const plainText = (status: number, body: string): ApiResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body,
})

/** As upstream writes what is no object, whoever asks. Source: k8s.io/apiserver responsewriters/writers.go (WriteRawJSON). */
export const indentedJson = (value: unknown): ApiResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value, null, indentWidth),
})

/** What paths that nobody serves are answered. */
export const pageNotFound = () => plainText(404, '404 page not found\n')
