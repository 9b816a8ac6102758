// A tree as text that parses to the same tree. Macros are not folded back: what they expanded to is written with calls where it can be.
// Source: cel-go parser/unparser.go (precedences, parentheses).
import { toText } from '../values/convert.ts'
import { CelBytes, CelDouble, CelUint, type CelValue } from '../values/value.ts'
import type { Call, Entry, Expr } from './expr.ts'

interface Operator {
  readonly symbol: string
  /** Larger binds more tightly. */
  readonly precedence: number
}

const ternary = 1
const unary = 7
const binary: ReadonlyMap<string, Operator> = new Map(
  [['_||_'], ['_&&_'], ['_==_', '_!=_', '_<_', '_<=_', '_>_', '_>=_', '@in'], ['_+_', '_-_'], ['_*_', '_/_', '_%_']].flatMap((names, level) =>
    names.map((name): [string, Operator] => [name, { symbol: name === '@in' ? 'in' : name.slice(1, -1), precedence: level + 2 }]),
  ),
)

/** @throws {Error} for a comprehension, which no text stands for but a macro */
export function unparse(expr: Expr): string {
  switch (expr.kind) {
    case 'literal':
      return unparseLiteral(expr.value)
    case 'ident':
      return expr.name
    case 'select':
      return expr.testOnly ? `has(${operand(expr.operand, unary)}.${expr.field})` : `${operand(expr.operand, unary)}.${expr.field}`
    case 'call':
      return unparseCall(expr)
    case 'list':
      return `[${expr.elements.map((element, i) => (expr.optional.includes(i) ? '?' : '') + unparse(element)).join(', ')}]`
    case 'map':
      return `{${expr.entries.map((entry) => unparseEntry(entry, unparse(entry.key))).join(', ')}}`
    case 'struct':
      return `${expr.typeName}{${expr.fields.map((field) => unparseEntry(field, field.key)).join(', ')}}`
    case 'comprehension':
      throw new Error('a comprehension has no text')
  }
}

const unparseEntry = ({ optional, value }: Entry<unknown>, key: string) => `${optional ? '?' : ''}${key}: ${unparse(value)}`

function precedenceOf(expr: Expr): number {
  if (expr.kind === 'literal') return isNegative(expr.value) ? unary - 1 : unary + 1
  if (expr.kind !== 'call') return unary + 1
  if (expr.function === '_?_:_') return ternary
  if (expr.function === '!_' || expr.function === '-_') return unary
  return binary.get(expr.function)?.precedence ?? unary + 1
}

const isNegative = (value: CelValue) =>
  value instanceof CelDouble ? value.value < 0 || Object.is(value.value, -0) : (typeof value === 'number' || typeof value === 'bigint') && value < 0

/** In parentheses, if it would not bind as tightly as its place wants. */
function operand(expr: Expr, atLeast: number): string {
  const text = unparse(expr)
  return precedenceOf(expr) <= atLeast ? `(${text})` : text
}

function unparseCall({ function: name, target, args }: Call): string {
  const [first, second, third] = args as [Expr, Expr, Expr]
  if (name === '_?_:_') return `${operand(first, ternary)} ? ${operand(second, ternary)} : ${operand(third, ternary)}`
  if (name === '!_') return `!${operand(first, unary)}`
  // A sign before digits would become part of the number.
  if (name === '-_') return /^[0-9.]/.test(operand(first, unary)) ? `-(${unparse(first)})` : `-${operand(first, unary)}`
  if (name === '_[_]') return `${operand(first, unary)}[${unparse(second)}]`
  if (name === '_[?_]') return `${operand(first, unary)}[?${unparse(second)}]`
  if (name === '_?._' && second.kind === 'literal') return `${operand(first, unary)}.?${second.value as string}`
  const operator = binary.get(name)
  if (operator) return unparseBinary(operator, first, second)
  return `${target ? `${operand(target, unary)}.` : ''}${name}(${args.map(unparse).join(', ')})`
}

/** Operators group from the left; `&&` and `||` were balanced, so that either side may keep its parentheses. */
function unparseBinary({ symbol, precedence }: Operator, left: Expr, right: Expr): string {
  const isLogical = symbol === '&&' || symbol === '||'
  return `${operand(left, isLogical ? precedence : precedence - 1)} ${symbol} ${operand(right, precedence)}`
}

function unparseLiteral(value: CelValue): string {
  if (typeof value === 'string') return quote(value)
  if (value instanceof CelUint) return `${toText(value)}u`
  if (value instanceof CelBytes) return `b"${Array.from(value.value, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`
  if (value === null) return 'null'
  const text = toText(value)
  return value instanceof CelDouble && !/[.eEIN]/.test(text) ? `${text}.0` : text
}

/** Escapes that every string literal knows. */
const quote = (text: string) => {
  // oxlint-disable-next-line no-control-regex
  const escaped = text.replaceAll(/[\\"\n\r\t\x00-\x1f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return `"${escaped}"`
}
