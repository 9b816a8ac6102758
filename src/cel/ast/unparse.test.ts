import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Environment } from '../environment.ts'
import { parse } from '../parser/parser.ts'
import { debugString } from '../testing/debug-string.ts'
import { randomExpression } from '../testing/random-expression.ts'
import type { Expr } from './expr.ts'
import { unparse } from './unparse.ts'

const withoutMacros = new Environment({ features: { optionalSyntax: true } })

function parsed(text: string): Expr {
  const result = parse(withoutMacros, text)
  if (!result.ok) throw new Error(String(result.issues))
  return result.expr
}

const cases: readonly { text: string; unparsed: string }[] = [
  { text: '(a + b) * c', unparsed: '(a + b) * c' },
  { text: 'a + (b * c)', unparsed: 'a + b * c' },
  { text: 'a - (b - c)', unparsed: 'a - (b - c)' },
  { text: '-(1)', unparsed: '-(1)' },
  { text: '-(-1)', unparsed: '-(-1)' },
  { text: '1.0', unparsed: '1.0' },
  { text: '"quo\\"te\\n"', unparsed: '"quo\\x22te\\x0a"' },
  { text: 'a.?b[?c].d', unparsed: 'a.?b[?c].d' },
  { text: '[a, ?b]', unparsed: '[a, ?b]' },
  { text: 'a.B{c: 1, ?d: e}', unparsed: 'a.B{c: 1, ?d: e}' },
  { text: '(a ? b : c) ? d : (e ? f : g)', unparsed: '(a ? b : c) ? d : (e ? f : g)' },
  { text: '(a && b).f(!c, d in e)', unparsed: '(a && b).f(!c, d in e)' },
]

for (const { text, unparsed } of cases)
  test(text, () => {
    expect(unparse(parsed(text))).toBe(unparsed)
  })

test('what was unparsed parses to the same tree', () => {
  fc.assert(
    fc.property(randomExpression({ withMacros: false }), (text) => {
      const tree = parsed(text)
      expect(debugString(parsed(unparse(tree)))).toBe(debugString(tree))
    }),
    { numRuns: 500 },
  )
})
