// Integers that a double cannot hold, and other numbers whose spelling matters: they travel as their text, JSON.stringify writes them back.
import type { RawJson } from '../json-value.ts'

/** TypeScript's library does not know these yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(this: void, text: string): RawJson
  isRawJSON(this: void, value: unknown): value is RawJson
}

/** Asks the engine only about objects that look like it. */
export const isRawJson = (value: unknown): value is RawJson => (value as Partial<RawJson> | null)?.rawJSON !== undefined && isRawJSON(value)

/** A number that stays as it was written. */
export const literalToJson = (text: string): RawJson => rawJSON(text)

const int64Min = -(2n ** 63n)
const int64Max = 2n ** 63n - 1n

/** @returns undefined for what is no integer of 64 bits: `1.0`, `1e3` */
export function int64Of({ rawJSON: text }: RawJson): bigint | undefined {
  if (!/^-?\d+$/.test(text)) return undefined
  const value = BigInt(text)
  return fitsInt64(value) ? value : undefined
}

export const fitsInt64 = (value: bigint) => value >= int64Min && value <= int64Max

/** A number where a double is exact, else the digits. */
export function integerToJson(value: bigint): number | RawJson {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : rawJSON(value.toString())
}
