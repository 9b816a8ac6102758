// The public suite of the language. What Kubernetes does not have is left out by name, with the reason.
import { getConformanceSuite, type IncrementalTest } from '@bufbuild/cel-spec/testdata/tests.js'
import { describe, expect, test } from 'vitest'
import { compile } from '../compile.ts'
import { Environment, type EnvironmentOptions } from '../environment.ts'
import { activationOf } from '../interpreter/program.ts'
import { bindingsLibrary } from '../library/bindings.ts'
import { optionalLibrary } from '../library/optional.ts'
import { standardEnvironment } from '../library/standard/standard-environment.ts'
import { stringsLibrary } from '../library/strings/strings.ts'
import { twoVariableComprehensionsLibrary } from '../library/two-variable-comprehensions.ts'
import { isEqual } from '../values/equal.ts'
import { CelDouble, type CelValue } from '../values/value.ts'
import { toType, toValue } from './messages.ts'

/** Whole files of the suite. */
const filesLeftOut: ReadonlyMap<string, string> = new Map([
  ['block_ext', 'cel.block is for generated expressions; Kubernetes has it not'],
  ['dynamic', 'wrappers of protobuf'],
  ['encoders_ext', 'base64 functions; Kubernetes has them not'],
  ['enums', 'enums of protobuf'],
  ['math_ext', 'math functions; Kubernetes has them not'],
  ['proto2', 'messages of protobuf'],
  ['proto2_ext', 'messages of protobuf'],
  ['proto3', 'messages of protobuf'],
  ['wrappers', 'wrappers of protobuf'],
])

/** What an expression speaks of that is not there. */
const leftOut: readonly (readonly [RegExp, string])[] = [
  [/TestAllTypes|NestedTestAllTypes|GlobalEnum|NullValue|\bproto[23]\b/, 'messages of protobuf'],
  [/google\.protobuf\.(?!Timestamp\b|Duration\b)/, 'messages of protobuf'],
]

/** Kubernetes checks every expression; these are meant to run unchecked, and the check refuses them. */
const uncheckedOnly = new Set([
  'basic/variables/unbound_is_runtime_error',
  'basic/functions/unbound_is_runtime_error',
  ...['not_eq_list_length', 'eq_mixed_types', 'eq_list_elem_mixed_types'].map((name) => `comparisons/eq_literal/${name}`),
  'comparisons/ne_literal/ne_mixed_types',
  'logic/conditional/mixed_type',
  ...['AND', 'OR'].flatMap((section) => ['left', 'right'].map((side) => `logic/${section}/short_circuit_type_${side}`)),
])
/** Functions nobody declares, named like reserved words. */
const uncheckedSections = new Set(['parse/receiver_function_names'])

function reasonToSkip(file: string, section: string, { name, original }: IncrementalTest): string | undefined {
  const whole = filesLeftOut.get(file)
  if (whole !== undefined) return whole
  const isUnchecked = uncheckedSections.has(`${file}/${section}`) || uncheckedOnly.has(`${file}/${section}/${name}`)
  if (original.disableCheck && isUnchecked) return 'only without a check'
  const text = `${original.expr} ${original.container}`
  const mentioned = leftOut.find(([pattern]) => pattern.test(text))
  if (mentioned) return mentioned[1]
  const typesKnown = original.typeEnv.every(({ declKind }) => declKind.case !== 'ident' || toType(declKind.value.type!))
  const valuesKnown = Object.values(original.bindings).every(({ kind }) => kind.case === 'value' && toValue(kind.value) !== undefined)
  if (!typesKnown || !valuesKnown) return 'messages of protobuf'
  const { resultMatcher } = original
  if (resultMatcher.case === 'value' && toValue(resultMatcher.value) === undefined) return 'messages of protobuf'
  return undefined
}

const base = standardEnvironment.extend({
  libraries: [optionalLibrary, bindingsLibrary, twoVariableComprehensionsLibrary, { ...stringsLibrary(4), validators: [] }],
  features: { optionalSyntax: true, crossTypeNumericComparisons: true, escapedIdentifiers: true, errorOnBadPresenceTest: true },
})
const withoutMacros = new Environment({ libraries: [{ name: 'functions only', functions: base.functions(), types: base.types() }] })

function environmentOf({ original }: IncrementalTest): Environment {
  const variables = original.typeEnv.flatMap(({ name, declKind }) => (declKind.case === 'ident' ? [{ name, type: toType(declKind.value.type!)! }] : []))
  const functions = original.typeEnv.flatMap(({ name, declKind }) => {
    if (declKind.case !== 'function') return []
    const overloads = declKind.value.overloads.map((overload) => ({
      id: overload.overloadId,
      member: overload.isInstanceFunction,
      args: overload.params.map((param) => toType(param)!),
      result: toType(overload.resultType!)!,
    }))
    return [{ name, overloads }]
  })
  const options: EnvironmentOptions = { variables, functions, container: original.container }
  return original.disableMacros ? withoutMacros.extend(options) : base.extend(options)
}

function same(a: CelValue, b: CelValue): boolean {
  const bothNan = a instanceof CelDouble && b instanceof CelDouble && Number.isNaN(a.value) && Number.isNaN(b.value)
  return bothNan || isEqual(a, b)
}

function run(item: IncrementalTest): void {
  const { original } = item
  const compiled = compile(environmentOf(item), original.expr)
  if (!compiled.ok) {
    // Kubernetes never runs an expression that was not checked: an error of the check is the error.
    expect(original.resultMatcher.case, String(compiled.issues)).toBe('evalError')
    return
  }
  const { resultMatcher } = original
  if (resultMatcher.case === 'typedResult') expect(compiled.type.toString()).toBe(toType(resultMatcher.value.deducedType!)?.toString())
  if (original.checkOnly) return
  const bindings = Object.entries(original.bindings).map(([name, { kind }]): [string, CelValue] => {
    if (kind.case !== 'value') throw new Error('a value is expected')
    return [name, toValue(kind.value)!]
  })
  const result = compiled.program.evaluate(activationOf(bindings))
  if (resultMatcher.case === 'evalError') {
    expect(result.ok).toBe(false)
    return
  }
  const wanted =
    resultMatcher.case === 'value' ? toValue(resultMatcher.value)! : resultMatcher.case === 'typedResult' ? toValue(resultMatcher.value.result!)! : true
  expect(result).toMatchObject({ ok: true })
  if (result.ok) expect(same(result.value, wanted), `${print(result.value)} for ${print(wanted)}`).toBe(true)
}

const print = (value: CelValue) => JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part))

const isEmpty = ({ suites }: { readonly suites: readonly { readonly tests: readonly unknown[] }[] }) => suites.every(({ tests }) => tests.length === 0)

for (const file of getConformanceSuite().suites.filter((each) => !isEmpty(each)))
  describe(file.name, () => {
    for (const section of file.suites)
      describe(section.name, () => {
        for (const item of section.tests) {
          const reason = reasonToSkip(file.name, section.name, item)
          if (reason !== undefined) test.skip(`${item.name}: ${reason}`)
          else test(`${item.name}: ${item.original.expr}`, () => run(item))
        }
      })
  })
