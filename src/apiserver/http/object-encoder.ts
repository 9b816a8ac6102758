// Objects that are made here (discovery, Status) in the form a client accepts.
import type { Codec } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { encodeYaml } from '../endpoints/yaml.ts'
import type { ApiResponse } from './api-request.ts'
import type { StatusEncoder } from './status-response.ts'

export type ObjectFormat = 'json' | 'yaml' | 'protobuf'

/** @param typeName of the schema table; needed for protobuf only */
export function encodeObject(codec: Codec, typeName: string, object: object, format: ObjectFormat): Uint8Array | string {
  switch (format) {
    case 'json':
      return `${codec.encodeJson(object as JsonObject)}\n`
    case 'yaml':
      return encodeYaml(object as JsonObject)
    case 'protobuf':
      return codec.encodeProtobuf(typeName, object as JsonObject)
  }
}

const statusType = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status'

export function statusEncoder(codec: Codec): StatusEncoder {
  return (status, mediaType) => {
    const format = mediaType === 'application/yaml' ? 'yaml' : mediaType === 'application/vnd.kubernetes.protobuf' ? 'protobuf' : undefined
    return format && { contentType: mediaType, body: encodeObject(codec, statusType, status, format) }
  }
}

export const plainText = (status: number, body: string): ApiResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body,
})

export const json = (value: unknown, status = 200): ApiResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: `${JSON.stringify(value)}\n`,
})

/** What paths that nobody serves are answered. */
export const pageNotFound = () => plainText(404, '404 page not found\n')
