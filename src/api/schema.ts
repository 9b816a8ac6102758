// The one table of facts about API types. Codecs, defaulting, pruning, OpenAPI, apply and strategic merge all read it here.
import type { Schema, SchemaType } from '../apimachinery/schema.ts'
import data from './generated/schema.ts'

/** Every type that is served or spoken, in the order of the facts. */
export const schema: Schema = new Map(Object.entries(data as Record<string, SchemaType>))
