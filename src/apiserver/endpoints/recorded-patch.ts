// Patches as the audit log has them. Source: k8s.io/apiserver pkg/audit/request.go (LogRequestPatch).
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'

/** JSON of a patch; of one that cannot be read, of its text. */
export function patchAsJson(codec: Codec, body: Uint8Array, isYaml: boolean): string {
  try {
    return codec.encodeJson((isYaml ? codec.parseYaml(body) : codec.parseJson(body)).value as JsonObject)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return textAsJson(codec, body)
  }
}

export const textAsJson = (codec: Codec, body: Uint8Array): string => codec.encodeJson(Buffer.from(body).toString() as unknown as JsonObject)
