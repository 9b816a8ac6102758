// `'%s: %.2f'.format([x, y])`. Version 2, which Kubernetes has, prints strings in lists with quotes and doubles as English texts do.
// Source: cel-go ext/formatting.go (version 2), ext/formatting_v2.go (version 4).
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { FunctionDeclaration } from '../../declarations.ts'
import { dynType, listType, stringType } from '../../types/cel-type.ts'
import { type ElementBudget, elementBudget } from '../../values/bounds.ts'
import { compareStrings } from '../../values/compare.ts'
import { formatDouble, formatFixed, toText } from '../../values/convert.ts'
import { typeOfValue } from '../../values/type-of-value.ts'
import { CelType } from '../../types/cel-type.ts'
import { CelBytes, CelDouble, CelDuration, CelError, CelList, CelMap, CelTimestamp, CelUint, type CelValue } from '../../values/value.ts'
import { type Clause, interpolate, type Verb } from './format-clauses.ts'
import { formatMismatch } from './format-errors.ts'
import { fixedPoint, groupThousands, scientific, superscriptExponent } from './format-numbers.ts'
import { formats } from './string-costs.ts'

type Version = 2 | 4

/** Version 4 prints these three alike everywhere. */
function specialDouble(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return undefined
  return value > 0 ? 'Infinity' : '-Infinity'
}

const mismatch = (verb: Verb, value: CelValue) => new CelError(`error during formatting: ${formatMismatch(verb, typeOfValue(value).name)}`)

function printArgument(value: CelValue, { verb, precision }: Clause, version: Version): string {
  switch (verb) {
    case 's':
      return printString(value, version)
    case 'd':
      return printDecimal(value, version)
    case 'f':
    case 'e':
      return printDouble(value, verb, precision, version)
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0'
      return printInteger(value, verb, 2)
    case 'o':
      return printInteger(value, verb, 8)
    case 'x':
      return printHex(value, verb)
    case 'X':
      return printHex(value, verb).toUpperCase()
  }
}

function printInteger(value: CelValue, verb: Verb, radix: number): string {
  if (typeof value === 'number' || typeof value === 'bigint') return value.toString(radix)
  if (value instanceof CelUint) return value.value.toString(radix)
  throw mismatch(verb, value)
}

function printHex(value: CelValue, verb: Verb): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  if (value instanceof CelBytes) return Buffer.from(value.value).toString('hex')
  return printInteger(value, verb, 16)
}

function printDecimal(value: CelValue, version: Version): string {
  const special = version === 4 && value instanceof CelDouble ? specialDouble(value.value) : undefined
  return special ?? printInteger(value, 'd', 10)
}

function printDouble(value: CelValue, verb: 'f' | 'e', precision: number, version: Version): string {
  const named = value === 'NaN' ? Number.NaN : value === 'Infinity' ? Infinity : value === '-Infinity' ? -Infinity : undefined
  const number = value instanceof CelDouble ? value.value : named
  if (number === undefined) throw mismatch(verb, value)
  if (version === 4) return specialDouble(number) ?? (verb === 'f' ? fixedPoint(number, precision) : scientific(number, precision))
  if (Number.isNaN(number)) return 'NaN'
  if (!Number.isFinite(number)) return number > 0 ? '∞' : '-∞'
  return verb === 'f' ? groupThousands(fixedPoint(number, precision)) : superscriptExponent(scientific(number, precision))
}

function printString(value: CelValue, version: Version, budget = elementBudget()): string {
  if (value === null) return 'null'
  if (value instanceof CelType) return value.name
  if (value instanceof CelList) return `[${Array.from(value, (element) => printElement(element, version, budget)).join(', ')}]`
  if (value instanceof CelMap) return printMap(value, version, budget)
  if (value instanceof CelDouble && version === 4) return specialDouble(value.value) ?? formatFixed(value.value)
  if (value instanceof CelBytes) return Buffer.from(value.value).toString('utf8')
  const isScalar = typeof value !== 'object' || value instanceof CelUint || value instanceof CelDouble
  if (isScalar || value instanceof CelTimestamp || value instanceof CelDuration) return toText(value)
  throw mismatch('s', value)
}

/** In lists and maps: version 2 writes what could stand in an expression. */
function printElement(value: CelValue, version: Version, budget: ElementBudget): string {
  budget.take()
  const text = printString(value, version, budget)
  if (version === 4) return text
  if (typeof value === 'string') return goQuote(text)
  if (value instanceof CelBytes) return `b${goQuote(text)}`
  if (value instanceof CelTimestamp) return `timestamp(${goQuote(text)})`
  if (value instanceof CelDuration) return `duration(${goQuote(text)})`
  if (value instanceof CelDouble) return Number.isFinite(value.value) ? fixedPoint(value.value, 6) : goQuote(formatDouble(value.value))
  return text
}

function printMap(map: CelMap, version: Version, budget: ElementBudget): string {
  const entries: { key: string; value: string }[] = []
  for (const key of map.keys()) entries.push({ key: printElement(key, version, budget), value: printElement(map.get(key)!, version, budget) })
  entries.sort((a, b) => compareStrings(a.key, b.key))
  const colon = version === 4 ? ': ' : ':'
  return `{${entries.map(({ key, value }) => `${key}${colon}${value}`).join(', ')}}`
}

export const formatFunction = (version: Version): FunctionDeclaration => ({
  name: 'format',
  overloads: [
    {
      id: 'string_format',
      member: true,
      args: [stringType, listType(dynType)],
      result: stringType,
      evaluate: (format: string, args: CelList) => interpolate(format, args.size, (clause, position) => printArgument(args.at(position), clause, version)),
      ...formats,
    },
  ],
})
