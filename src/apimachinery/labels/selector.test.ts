import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatLabelSelector, selectorFromObject } from './from-object.ts'
import { parseLabelSelector } from './parse.ts'
import { mergedRequirements } from './merged-requirements.ts'
import { everything, newSelector, nothing, selectorFromSet, SelectorError } from './selector.ts'

const objects: Record<string, Record<string, string> | undefined> = {
  a: { app: 'web', tier: '1' },
  b: { app: 'web' },
  c: { app: 'db', tier: '2' },
  d: { 'example.com/app': 'x' },
  e: undefined,
}

// Answers of a real API server.
test.each([
  ['app=web', 'ab'],
  ['app==web', 'ab'],
  ['app!=web,app', 'c'],
  ['app!=web', 'cde'],
  ['app in (web,db)', 'abc'],
  ['app notin (web),app', 'c'],
  ['app', 'abc'],
  ['!app,example.com/app', 'd'],
  ['app=web,tier', 'a'],
  ['app=web,!tier', 'b'],
  ['tier>1', 'c'],
  ['tier<2', 'a'],
  ['app in (web),tier in (1)', 'a'],
  ['', 'abcde'],
])('%j selects %j', (text, names) => {
  const selector = parseLabelSelector(text)
  expect(Object.keys(objects).filter((name) => selector.matches(objects[name]))).toEqual(names.split(''))
})

const labelKey = `a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`

// Answers of a real API server.
test.each([
  ['app in web', "unable to parse requirement: found 'web' expected: '('"],
  ['app in (web', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['=web', "found '=', expected: !, identifier, or 'end of string'"],
  ['app=bad value', "found 'value', expected: ',' or 'end of string'"],
  ['bad key!=x', "unable to parse requirement: found 'key', expected: in, notin, =, ==, !=, gt, lt"],
  ['app,,tier', "found ',', expected: identifier after ','"],
  ['app=web,', "found '', expected: identifier after ','"],
  ['tier>abc', `unable to parse requirement: values[0]: Invalid value: "abc": for 'Gt', 'Lt' operators, the value must be an integer`],
  [`app=${'v'.repeat(64)}`, `unable to parse requirement: values[0][app]: Invalid value: "${'v'.repeat(64)}": must be no more than 63 bytes`],
  ['(app=web)', "found '(', expected: !, identifier, or 'end of string'"],
  ['app in (bad value!)', "unable to parse requirement: found 'value', expected: ',' or ')'"],
  ['a/b/c=d', `unable to parse requirement: <nil>: Invalid value: "a/b/c": ${labelKey}`],
  ['!', "unable to parse requirement: found '', expected: identifier"],
  ['app!', "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
  ['app=web tier=1', "found 'tier', expected: ',' or 'end of string'"],
])('%j is refused', (text, message) => {
  expect(() => parseLabelSelector(text)).toThrow(new SelectorError(message))
})

test.each([
  [' z , a = b,x in ( y,\tb ), !n ', 'a=b,!n,x in (b,y),z'],
  ['a==b', 'a==b'],
  ['a in ()', 'a in ()'],
  ['a in (,b)', 'a in (,b)'],
  ['a in (b,,b)', 'a in (,b)'],
  ['a=', 'a='],
  ['a!=,b', 'a!=,b'],
  ['in in (in,notin)', 'in in (in,notin)'],
  ['notin notin (in)', 'notin notin (in)'],
  ['a>+5', undefined],

  ['a>5', 'a>5'],
])('%j is written %j', (text, canonical) => {
  if (canonical === undefined) expect(() => parseLabelSelector(text)).toThrow(SelectorError)
  else expect(parseLabelSelector(text).toString()).toBe(canonical)
})

test('selectors of objects', () => {
  const selector = selectorFromObject({
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['b', 'a'] },
      { key: 'old', operator: 'DoesNotExist' },
    ],
  })
  expect(selector.toString()).toBe('app=web,!old,tier in (a,b)')
  expect([selector.exactMatch('app'), selector.exactMatch('tier')]).toEqual(['web', undefined])
  expect([selectorFromObject(undefined), selectorFromObject({})]).toEqual([nothing, everything])
  expect(() => selectorFromObject({ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] })).toThrow(
    new SelectorError('"Gt" is not a valid label selector operator'),
  )
  expect(() => selectorFromObject({ matchExpressions: [{ key: 'a', operator: 'In' }] })).toThrow(
    new SelectorError(`values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty`),
  )
  expect([formatLabelSelector({}), formatLabelSelector({ matchExpressions: [{ key: 'a', operator: 'X' }] })]).toEqual(['<none>', '<error>'])
})

test.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('the key %s is a key like any other', (key) => {
  expect(parseLabelSelector(key).matches({})).toBe(false)
  expect(parseLabelSelector(`${key}=x`).matches({ [key]: 'x' })).toBe(true)
  expect(selectorFromSet({ [key]: 'x' }).matches({})).toBe(false)
})

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,5}[a-z0-9])?$/)
const requirement = fc.oneof(
  fc.tuple(name, fc.constantFrom('=', '==', '!='), name).map((parts) => parts.join('')),
  fc
    .tuple(name, fc.constantFrom('in', 'notin'), fc.array(name, { minLength: 1, maxLength: 3 }))
    .map(([key, operator, values]) => `${key} ${operator} (${values.join(',')})`),
  fc.tuple(fc.constantFrom('', '!'), name).map((parts) => parts.join('')),
  fc.tuple(name, fc.constantFrom('<', '>'), fc.nat()).map((parts) => parts.join('')),
)

test('the canonical form means the same and is its own canonical form', () => {
  fc.assert(
    fc.property(fc.array(requirement, { minLength: 1, maxLength: 4 }), fc.dictionary(name, name), (parts, labels) => {
      const selector = parseLabelSelector(parts.join(','))
      const again = parseLabelSelector(selector.toString())
      expect(again.toString()).toBe(selector.toString())
      expect(again.matches(labels)).toBe(selector.matches(labels))
    }),
  )
})

test('many requirements mean what each of them means', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'constructor')
  const value = fc.constantFrom('', '1', '2', '3', 'x', '9223372036854775808')
  const requirement = fc.oneof(
    fc.record({ key, operator: fc.constantFrom('=' as const, '==' as const, '!=' as const), values: fc.tuple(value) }),
    fc.record({ key, operator: fc.constantFrom('in' as const, 'notin' as const), values: fc.array(value, { minLength: 1 }) }),
    fc.record({ key, operator: fc.constantFrom('exists' as const, '!' as const), values: fc.constant([]) }),
    fc.record({ key, operator: fc.constantFrom('gt' as const, 'lt' as const), values: fc.tuple(fc.constantFrom('-1', '0', '1', '2', 'x')) }),
  )
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 5 }), fc.dictionary(key, value), (requirements, labels) => {
      const each = requirements.every((one) => newSelector([one]).matches(labels))
      expect(mergedRequirements(requirements)(labels)).toBe(each)
    }),
  )
})

test('any text is either a selector or a SelectorError', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'in', '=', '!', '(', ')', ',', '<', ' ', '/', '\0') }), (text) => {
      try {
        parseLabelSelector(text).matches({ a: '1' })
      } catch (error) {
        expect(error).toBeInstanceOf(SelectorError)
      }
    }),
  )
})
