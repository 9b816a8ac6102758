import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { ownValue } from './own-value.ts'

/** Half a byte is nobody's wish. */
export function fractionalWarnings(
  field: string,
  list: { readonly [name: string]: string } | undefined,
  names: readonly string[] = ['memory', 'ephemeral-storage'],
): readonly string[] {
  return names.flatMap((name) => {
    const text = ownValue(list, name)
    if (text === undefined) return []
    const quantity = parseQuantity(text)
    if (quantity.milliValue() % 1000n === 0n) return []
    return [`${field}[${name}]: fractional byte value ${goQuote(quantity.toString())} is invalid, must be an integer`]
  })
}
