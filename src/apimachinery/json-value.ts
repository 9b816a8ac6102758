/** What JSON.parse gives, plus JSON.rawJSON for integers a double cannot hold (they are written back digit by digit). */
export type JsonValue = string | number | boolean | null | RawJson | JsonValue[] | JsonObject

export interface JsonObject {
  [key: string]: JsonValue
}

/** The result of `JSON.rawJSON(text)`: an integer beyond ±(2^53 - 1), kept as its digits. */
export interface RawJson {
  readonly rawJSON: string
}
