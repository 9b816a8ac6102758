import type { Codec } from '../apimachinery/codec/codec.ts'
import { newTypeNameOf } from '../apimachinery/codec/find-type.ts'
import { newCodec } from '../apimachinery/codec/new-codec.ts'
import { schema } from './schema.ts'

/** The codec of all built-in types. */
export const codec: Codec = newCodec(schema)

/** apiVersion and kind of a built-in kind -> its name in the schema table. */
export const typeNameOf = newTypeNameOf(schema)
