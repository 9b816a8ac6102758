// Integers that a double cannot hold: they travel as their digits, JSON.stringify writes them back.
import type { RawJson } from '../json-value.ts'

/** TypeScript's library does not know these yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(this: void, text: string): RawJson
  isRawJSON(this: void, value: unknown): value is RawJson
}

/** Asks the engine only about objects that look like it. */
export const isRawJson = (value: unknown): value is RawJson => (value as Partial<RawJson> | null)?.rawJSON !== undefined && isRawJSON(value)

const int64Min = -(2n ** 63n)
const int64Max = 2n ** 63n - 1n

export const fitsInt64 = (value: bigint) => value >= int64Min && value <= int64Max

/** A number where a double is exact, else the digits. */
export function integerToJson(value: bigint): number | RawJson {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : rawJSON(value.toString())
}
