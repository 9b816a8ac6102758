// What the public suite took from cel-go's tests of its checker and of loops with two variables: types, and words for errors.
import { getCheckingSuite, getComprehensionSuite, getParsingSuite, type IncrementalTest } from '@bufbuild/cel-spec/testdata/tests.js'
import { describe, expect, test } from 'vitest'
import { compile } from '../compile.ts'
import type { Environment } from '../environment.ts'
import { activationOf } from '../interpreter/program.ts'
import { bindingsLibrary } from '../library/bindings.ts'
import { optionalLibrary } from '../library/optional.ts'
import { standardEnvironment } from '../library/standard/standard-environment.ts'
import { boolType } from '../types/cel-type.ts'
import { stringsLibrary } from '../library/strings/strings.ts'
import { twoVariableComprehensionsLibrary } from '../library/two-variable-comprehensions.ts'

const environment = standardEnvironment.extend({ libraries: [optionalLibrary], features: { optionalSyntax: true } })
const environmentWithLoops = environment.extend({ libraries: [bindingsLibrary, twoVariableComprehensionsLibrary, stringsLibrary(2)] })

const outcome = (environment: Environment, text: string): string => {
  const compiled = compile(environment, text)
  return compiled.ok ? compiled.type.toString() : String(compiled.issues)
}

/** The checker's answer; `undefined` if the suite's is one of the parser. */
const expected = ({ error, type }: IncrementalTest) => (error?.startsWith('ERROR: :') ? undefined : (error ?? type))

const undeclared = (text: string) => text.match(/undeclared reference to '[^']*'/g) ?? []

/** Most of them speak of messages of protobuf and of variables that only cel-go's test declares. */
function isSelfContained(text: string, wanted: string): boolean {
  const known = new Set(undeclared(wanted))
  return undeclared(outcome(environment, text)).every((missing) => known.has(missing))
}

for (const [name, suite] of Object.entries({ parsing: getParsingSuite(), checking: getCheckingSuite() }))
  describe(name, () => {
    for (const [i, item] of suite.tests.entries()) {
      const { expr } = item.original
      const wanted = expected(item)
      if (wanted !== undefined && isSelfContained(expr, wanted))
        test(`${i}: ${item.name.slice(0, 80)}`, () => {
          expect(outcome(environment, expr)).toBe(wanted)
        })
    }
  })

describe('loops with two variables', () => {
  for (const [i, { name, original }] of getComprehensionSuite().tests.entries()) {
    const compiled = compile(environmentWithLoops, original.expr)
    // Some need variables, and some are wrong on purpose; the suite does not say which.
    if (compiled.ok && compiled.type === boolType)
      test(`${i}: ${name.slice(0, 80)}`, () => {
        expect(compiled.program.evaluate(activationOf([]))).toMatchObject({ ok: true, value: true })
      })
  }
  const refusals = [
    ['[].all(i, i, i < i)', 'ERROR: <input>:1:11: duplicate variable name: i\n | [].all(i, i, i < i)\n | ..........^'],
    ['[].all(i.j, k, i.j < k)', 'ERROR: <input>:1:9: argument must be a simple name\n | [].all(i.j, k, i.j < k)\n | ........^'],
  ] as const
  for (const [text, message] of refusals)
    test(text, () => {
      expect(outcome(environmentWithLoops, text)).toBe(message)
    })
})

test('a type that doubles with every level is not followed for ever', () => {
  const levels = Array.from({ length: 60 }, (_unused, i) => i)
  const text = levels.reduceRight((body, i) => `cel.bind(v${i}, ${i === 0 ? '{1: 1}' : `{v${i - 1}: v${i - 1}}`}, ${body})`, 'v59 == v59')
  expect(outcome(environmentWithLoops, text)).toBe('bool')
})
