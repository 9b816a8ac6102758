// What the public suite took from cel-go's tests of its parser: trees, and words for errors.
import { getParsingSuite, type IncrementalTest } from '@bufbuild/cel-spec/testdata/tests.js'
import { describe, expect, test } from 'vitest'
import { optionalLibrary } from '../library/optional.ts'
import { standardEnvironment } from '../library/standard/standard-environment.ts'
import { parse } from '../parser/parser.ts'
import { debugString } from '../testing/debug-string.ts'

const environment = standardEnvironment.extend({ libraries: [optionalLibrary] })
const environmentWithAll = environment.extend({ features: { optionalSyntax: true, escapedIdentifiers: true } })

/** Made with other limits than Kubernetes has, or with macros of the test. */
const isOfOtherParser = ({ error = '', original }: IncrementalTest) =>
  /exceeded: (4|32)$|max recursion depth|noop_macro/m.test(error) || original.expr.includes('noop_macro')

/** One variable's existsOne is known to cel-go's parser, but not to its environments. */
const isOfParserOnly = (expr: string) => expr.includes('existsOne')

/** Upstream goes on with what it could read, and finds fault with that, too; here only the syntax is spoken of. */
const findsMore = new Set(['a.`b.c`()'])

const withoutKinds = (text: string) => text.replaceAll(/\^#\*expr\.[A-Za-z_0-9]+#/g, '')

for (const [i, item] of getParsingSuite().tests.entries()) {
  const { error = '', ast, original } = item
  const title = `${i}: ${item.name.slice(0, 80)}`
  if (isOfOtherParser(item)) test.skip(`${title}: other limits`)
  else if (isOfParserOnly(original.expr)) test.skip(`${title}: not in environments`)
  else if (findsMore.has(original.expr)) test.skip(`${title}: errors of a tree that is not whole`)
  else if (error.startsWith('ERROR: :'))
    test(title, () => {
      const parsed = parse(error.includes('unsupported syntax') ? environment : environmentWithAll, original.expr)
      expect(parsed.ok).toBe(false)
      if (!parsed.ok) expect(String(parsed.issues)).toBe(error.replaceAll('ERROR: :', 'ERROR: <input>:'))
    })
  else if (ast !== undefined)
    test(title, () => {
      const parsed = parse(environmentWithAll, original.expr)
      expect(parsed.ok).toBe(true)
      if (parsed.ok) expect(debugString(parsed.expr)).toBe(withoutKinds(ast))
    })
}

describe('limits', () => {
  const nested = (depth: number) => `${'('.repeat(depth)}1${')'.repeat(depth)}`
  const depthError = 'ERROR: <input>:-1:0: expression recursion limit exceeded: 250'
  const cases: { name: string; text: string; error?: string }[] = [
    { name: '249 parentheses', text: nested(249) },
    { name: '250 parentheses', text: nested(250), error: depthError },
    { name: '50,000 parentheses', text: nested(49_999), error: depthError },
    { name: 'a long sum', text: Array(250).fill('1').join('+') },
    { name: 'a longer sum', text: Array(252).fill('1').join('+'), error: 'ERROR: <input>:-1:0: max recursion depth exceeded' },
    { name: 'a long conjunction', text: Array(20_000).fill('a').join('&&') },
    {
      name: 'macros that copy what macros have copied',
      text: `a${'.optMap(x, x)'.repeat(100)}`,
      error: 'ERROR: <input>:-1:0: expression exceeds 150000 nodes after macros were expanded',
    },
    { name: 'a longer text', text: ' '.repeat(100_001), error: 'ERROR: <input>:-1:0: expression code point size exceeds limit: size: 100001, limit 100000' },
  ]
  for (const { name, text, error } of cases)
    test(name, () => {
      const parsed = parse(environmentWithAll, text)
      expect(parsed.ok ? undefined : String(parsed.issues)).toBe(error)
    })
})
