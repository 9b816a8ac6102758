// `quantity('1.5Gi')`. Source: k8s.io/apiserver pkg/cel/library/quantity.go.
import { newQuantity, parseQuantity, type Quantity } from '../../../apimachinery/quantity/quantity.ts'
import { QuantityError } from '../../../apimachinery/quantity/parse.ts'
import type { Library } from '../../declarations.ts'
import { boolType, doubleType, intType, stringType } from '../../types/cel-type.ts'
import { CelDouble, CelError, type CelInt, type CelValue, int } from '../../values/value.ts'
import { quantityType } from '../types.ts'
import { functions, global, member, opaque, textOf } from './opaque.ts'

const quantities = opaque<Quantity>(quantityType, (a, b) => a.equals(b))
export const quantityValue = quantities.of
const { of, value } = quantities

function parse(text: string): Quantity {
  try {
    return parseQuantity(text)
  } catch (error) {
    if (error instanceof QuantityError) throw new CelError(error.message)
    throw error
  }
}

function isQuantity(text: string): boolean {
  try {
    return Boolean(parseQuantity(text))
  } catch (error) {
    if (error instanceof QuantityError) return false
    throw error
  }
}

/** undefined: it has a fraction, or does not fit 64 bits. */
function wholeOf(quantity: Quantity): CelInt | undefined {
  const whole = quantity.value()
  return BigInt.asIntN(64, whole) === whole && newQuantity(whole).equals(quantity) ? int(whole) : undefined
}

function asInteger(quantity: Quantity): CelInt {
  const whole = wholeOf(quantity)
  if (whole === undefined) throw new CelError('cannot convert value to integer')
  return whole
}

const sumWith = (given: CelValue) => newQuantity(BigInt(given as CelInt), { format: 'DecimalExponent' })

export const quantityLibrary: Library = {
  name: 'kubernetes.quantity',
  types: [quantityType],
  functions: functions({
    quantity: [global('string_to_quantity', [stringType], quantityType, (text) => of(parse(textOf(text!))))],
    isQuantity: [global('is_quantity_string', [stringType], boolType, (text) => isQuantity(textOf(text!)))],
    sign: [global('quantity_sign', [quantityType], intType, (q) => value(q).sign)],
    isGreaterThan: [member('quantity_is_greater_than', [quantityType, quantityType], boolType, (q, other) => value(q).compare(value(other)) > 0)],
    isLessThan: [member('quantity_is_less_than', [quantityType, quantityType], boolType, (q, other) => value(q).compare(value(other)) < 0)],
    compareTo: [member('quantity_compare_to', [quantityType, quantityType], intType, (q, other) => value(q).compare(value(other)))],
    asApproximateFloat: [member('quantity_get_float', [quantityType], doubleType, (q) => new CelDouble(value(q).toNumber()))],
    asInteger: [member('quantity_get_int', [quantityType], intType, (q) => asInteger(value(q)))],
    isInteger: [member('quantity_is_integer', [quantityType], boolType, (q) => wholeOf(value(q)) !== undefined)],
    add: [
      member('quantity_add', [quantityType, quantityType], quantityType, (q, other) => of(value(q).add(value(other)))),
      member('quantity_add_int', [quantityType, intType], quantityType, (q, other) => of(value(q).add(sumWith(other!)))),
    ],
    sub: [
      member('quantity_sub', [quantityType, quantityType], quantityType, (q, other) => of(value(q).sub(value(other)))),
      member('quantity_sub_int', [quantityType, intType], quantityType, (q, other) => of(value(q).sub(sumWith(other!)))),
    ],
  }),
}
