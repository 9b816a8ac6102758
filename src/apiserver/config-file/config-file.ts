// Files of the group apiserver.config.k8s.io: YAML or JSON of a registered kind and version, strictly decoded: a misspelt field is an
// error and not a rule that is not applied.
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import { newCodec } from '../../apimachinery/codec/new-codec.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { SchemaField, SchemaType } from '../../apimachinery/schema.ts'

const group = 'apiserver.config.k8s.io'

/** What a file may be. */
export interface ConfigKind {
  readonly kind: string
  readonly versions: readonly string[]
  readonly codec: Codec
}

/** A file that cannot be used; the message says where and why. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError'
}

type Fields = Readonly<Record<string, string>>

/**
 * @param types type name -> field -> type: `string`, `bool`, `Issuer`, `[]string`, `*string` (a pointer in Go: an empty string is not an absent one).
 *   The type that has the kind's name is the file's.
 */
export function configKind(kind: string, versions: readonly string[], types: Readonly<Record<string, Fields>>): ConfigKind {
  const entries = Object.entries(types).map(([name, fields]): [string, SchemaType] => [
    name,
    { proto: null, ...(name === kind ? { typeMeta: true } : {}), fields: Object.entries(fields).map(toField) },
  ])
  return { kind, versions, codec: newCodec(new Map(entries)) }
}

function toField([name, written]: [string, string]): SchemaField {
  const list = written.startsWith('[]')
  const ptr = written.startsWith('*')
  const type = written.slice(list ? 2 : ptr ? 1 : 0)
  return { name, number: null, type, card: list ? 'list' : 'one', optional: true, omit: 'empty', ...(ptr ? { ptr } : {}) }
}

/** @throws {ConfigFileError} */
export function decodeConfig({ kind, versions, codec }: ConfigKind, text: string): JsonObject {
  try {
    const { value, duplicates } = codec.parseYaml(text)
    const { apiVersion = '', kind: given = '' } = (value ?? {}) as { readonly apiVersion?: unknown; readonly kind?: unknown }
    if (typeof given !== 'string' || given === '') throw new ConfigFileError("Object 'Kind' is missing in the configuration")
    const supported = versions.map((version) => `${group}/${version}`)
    if (typeof apiVersion !== 'string' || given !== kind || !supported.includes(apiVersion)) {
      throw new ConfigFileError(
        `no kind ${goQuote(given)} is registered for version ${JSON.stringify(apiVersion)}; expected ${kind} of ${supported.join(', ')}`,
      )
    }
    const { object, strictErrors } = codec.convert(kind, value, { duplicates })
    if (strictErrors.length > 0) throw new ConfigFileError(`strict decoding error: ${strictErrors.join(', ')}`)
    return object
  } catch (error) {
    if (error instanceof DecodeError) throw new ConfigFileError(error.message, { cause: error })
    throw error
  }
}

/** A configuration that may change while the server runs. */
export interface ConfigSource<T> {
  readonly current: T
  /** Calls `apply` with each later state; what it throws is logged and leaves the old state in force. Without it nothing ever changes. */
  readonly onChange?: (apply: (next: T) => Promise<void>) => void
}
