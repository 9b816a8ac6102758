import type { IntOrString } from '../../api/runtime.ts'

/** A count, or a share of `total` such as `25%`. @throws {TypeError} for any other text; validation lets none in */
export function scaled(value: IntOrString, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)?.[1]
  if (percent === undefined) throw new TypeError(`invalid value for IntOrString: ${JSON.stringify(value)} is neither a number nor a percentage`)
  const share = (Number(percent) * total) / 100
  return rounding === 'up' ? Math.ceil(share) : Math.floor(share)
}
