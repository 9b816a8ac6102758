import { parseQuantity } from '../../apimachinery/quantity/quantity.ts'
import type { Quantity } from '../../api/runtime.ts'

/** In whole units, rounded up. Node-sized amounts fit a number. */
export const value = (quantity: Quantity): number => Number(parseQuantity(quantity).value())
export const milliValue = (quantity: Quantity): number => Number(parseQuantity(quantity).milliValue())
