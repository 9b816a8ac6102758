import { apiVersionOf } from '../registry/generic/stored-resource.ts'
import { type Codec, type Decoded, DecodeError } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { ownJsonError, unstructuredError } from '../../apimachinery/patch/from-unstructured.ts'
import { schema } from '../../api/schema.ts'
import type { BodyKind } from './body.ts'
import { withResetEntry } from './reset-managed-fields.ts'

/**
 * What was merged as maps and lists, as an object of its type, whatever it calls itself. Source: k8s.io/apimachinery pkg/runtime/converter.go.
 * @throws {DecodeError} in the converter's words
 */
export function restored(codec: Codec, kind: BodyKind, merged: JsonObject): Decoded {
  const misshapen = unstructuredError(schema, kind.type, merged)
  if (misshapen) throw new DecodeError(misshapen)
  try {
    return codec.convert(kind.type, { ...withResetEntry(merged), kind: kind.kind, apiVersion: apiVersionOf(kind) })
  } catch (error) {
    if (error instanceof DecodeError) throw new DecodeError(ownJsonError(error.message))
    throw error
  }
}
