// A tree as the public suite writes it, without what it says of the kinds of nodes. Source: cel-go common/debug/debug.go.
import type { Expr } from '../ast/expr.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import { CelBytes, CelDouble, CelUint, type CelValue } from '../values/value.ts'

export function debugString(expr: Expr): string {
  switch (expr.kind) {
    case 'literal':
      return literal(expr.value)
    case 'ident':
      return expr.name
    case 'select':
      return `${debugString(expr.operand)}.${expr.field}${expr.testOnly ? '~test-only~' : ''}`
    case 'call':
      return `${expr.target ? `${debugString(expr.target)}.` : ''}${expr.function}(${block(expr.args.map(debugString))})`
    case 'list':
      return `[${block(expr.elements.map((element, i) => (expr.optional.includes(i) ? '?' : '') + debugString(element)))}]`
    case 'map':
      return `{${block(expr.entries.map(({ key, value, optional }) => `${optional ? '?' : ''}${debugString(key)}:${debugString(value)}`))}}`
    case 'struct':
      return `${expr.typeName}{${block(expr.fields.map(({ key, value, optional }) => `${optional ? '?' : ''}${key}:${debugString(value)}`))}}`
    case 'comprehension': {
      const parts: [string, string][] = [
        ['Variable', expr.iterVar],
        ...(expr.iterVar2 === undefined ? [] : [['Variable2', expr.iterVar2] as [string, string]]),
        ['Target', debugString(expr.range)],
        ['Accumulator', expr.accuVar],
        ['Init', debugString(expr.accuInit)],
        ['LoopCondition', debugString(expr.condition)],
        ['LoopStep', debugString(expr.step)],
        ['Result', debugString(expr.result)],
      ]
      return `__comprehension__(\n${indent(parts.map(([name, text]) => `// ${name}\n${text}`).join(',\n'))})`
    }
  }
}

const indent = (text: string) => text.replaceAll(/^/gm, '  ')
const block = (parts: readonly string[]) => (parts.length === 0 ? '' : `\n${indent(parts.join(',\n'))}\n`)

function literal(value: CelValue): string {
  if (typeof value === 'string') return goQuote(value)
  if (value instanceof CelUint) return `${value.value}u`
  if (value instanceof CelBytes) return `b${goQuote(Buffer.from(value.value).toString())}`
  return value instanceof CelDouble ? String(value.value) : String(value as number)
}
