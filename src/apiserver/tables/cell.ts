import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'

/** One cell of a row. @param now milliseconds since the epoch, for ages */
export type Cell = (object: JsonObject, now: number) => JsonValue

/** Column name -> cell. Name, Age and Created At need not be given. */
export type KindCells = { readonly [column: string]: Cell }
