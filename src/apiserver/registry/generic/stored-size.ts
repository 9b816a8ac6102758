// How large a stored object may be. Upstream's limit is etcd's, on the object as etcd gets it: in protobuf.
import { ApiError } from '../../../apimachinery/api-error.ts'
import type { Codec } from '../../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'

/** etcd's --max-request-bytes: 1.5 MiB. */
const requestBytesMax = 1.5 * 1024 * 1024

/**
 * @param json its size in JSON, which is never smaller than in protobuf
 * @throws {ApiError} 500 in etcd's words
 */
export function refuseTooLarge(codec: Codec, typeName: string, object: JsonObject, json: number): void {
  if (json <= requestBytesMax || codec.encodeProtobuf(typeName, object).length <= requestBytesMax) return
  throw new ApiError('', 'etcdserver: request is too large', { code: 500 })
}
