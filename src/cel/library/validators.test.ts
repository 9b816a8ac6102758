// What is refused when compiling, because it would surely fail: upstream's words.
import { expect, test } from 'vitest'
import { compile } from '../compile.ts'
import { dynType } from '../types/cel-type.ts'
import { literalValidationLibrary } from './literal-validation.ts'
import { standardEnvironment } from './standard/standard-environment.ts'
import { stringsLibrary } from './strings/strings.ts'

const environment = standardEnvironment.extend({
  libraries: [literalValidationLibrary, stringsLibrary(2)],
  variables: [{ name: 'x', type: dynType }],
})

const cases: readonly { text: string; at?: number; message?: string }[] = [
  { text: 'duration("1h30m") > duration(x)' },
  { text: 'duration("1 hour")', at: 10, message: 'invalid duration argument' },
  { text: 'timestamp("2024-13-01T00:00:00Z")', at: 11, message: 'invalid timestamp argument' },
  { text: 'x.matches("a(b")', at: 11, message: 'invalid matches argument' },
  { text: 'matches(x, "[z-a]")', at: 12, message: 'invalid matches argument' },
  { text: '"(".matches("a") && x.matches(x)' },
  { text: '"%s: %d".format([x, x])' },
  { text: '"%d".format(["a"])', at: 14, message: 'error during formatting: decimal clause can only be used on integers, was given string' },
  { text: '"%s".format([[1, optional]])', at: 18, message: "undeclared reference to 'optional' (in container '')" },
  { text: '"%q".format([1])', at: 12, message: 'could not parse formatting clause: unrecognized formatting clause "q"' },
  { text: '"%s %s".format([1])', at: 15, message: 'index 1 out of range' },
  { text: '"%s".format([1, 2])', at: 12, message: 'too many arguments supplied to string.format (expected 1, got 2)' },
  { text: '"%".format([1])', at: 11, message: 'unexpected end of string' },
]

for (const { text, at, message } of cases)
  test(text, () => {
    const compiled = compile(environment, text)
    const issues = compiled.ok ? [] : compiled.issues.list().map((issue) => ({ at: issue.column + 1, message: issue.message }))
    expect(issues).toEqual(message === undefined ? [] : [{ at, message }])
  })
