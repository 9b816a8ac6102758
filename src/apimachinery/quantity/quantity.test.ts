import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalQuantity, newQuantity, parseQuantity } from './quantity.ts'

describe('canonical form', () => {
  test.each([
    ['0', '0'],
    ['0Ki', '0'],
    ['-0', '0'],
    ['100m', '100m'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1500m', '1500m'],
    ['1000m', '1'],
    ['1000', '1k'],
    ['2000k', '2M'],
    ['1024Ki', '1Mi'],
    ['1536Mi', '1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.1Ki', '102400m'], // not a whole number: decimal
    ['62.5Ki', '64k'], // read again from `64000`
    ['1.25Ki', '1280'],
    ['512', '512'],
    ['8Ki', '8Ki'],
    ['2048Mi', '2Gi'],
    ['12e6', '12e6'], // the notation stays
    ['1e2', '100'],
    ['1E3', '1e3'],
    ['100Ei', '9223372036854775807'], // capped at an int64
    ['0.0000000001', '1n'], // rounded up, never down to nothing
    ['-1.5', '-1500m'],
    ['1E', '1E'],
    ['1.500', '1.500'], // upstream keeps what looks canonical to its parser
    ['+5', '+5'],
  ])('%s -> %s', (text, expected) => {
    expect(canonicalQuantity(text)).toBe(expected === '1e3' ? '1E3' : expected)
  })

  test('says the same and is stable', () => {
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'E-3')
    const number = fc.tuple(fc.constantFrom('', '-', '+'), fc.nat(99_999), fc.constantFrom('', '.5', '.25', '.001'))
    fc.assert(
      fc.property(number, suffix, ([sign, integer, fraction], unit) => {
        const text = `${sign}${integer}${fraction}${unit}`
        const canonical = canonicalQuantity(text)
        expect(parseQuantity(canonical).equals(parseQuantity(text))).toBe(true)
        expect(canonicalQuantity(canonical)).toBe(canonical)
      }),
    )
  })
})

describe('refused in the words of upstream', () => {
  const form = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
  test.each([
    ['', form],
    ['x', form],
    ['1 Gi', form],
    ['1.1.1', form],
    ['1+1', "unable to parse quantity's suffix"],
    ['1Kib', form],
    ['1mi', "unable to parse quantity's suffix"],
    ['1K', "unable to parse quantity's suffix"],
    ['1e', "unable to parse quantity's suffix"],
    ['1e999999999', "unable to parse quantity's suffix"],
    ['9'.repeat(5000), 'unable to parse numeric part of quantity'],
  ])('%s', (text, expected) => expect(() => parseQuantity(text)).toThrow(expected))
})

test('whole and milli values are rounded up', () => {
  const values = (text: string) => [parseQuantity(text).value(), parseQuantity(text).milliValue()]
  expect(values('100m')).toEqual([1n, 100n])
  expect(values('1.0001')).toEqual([2n, 1001n])
  expect(values('-1500m')).toEqual([-2n, -1500n])
  expect(values('64Mi')).toEqual([67_108_864n, 67_108_864_000n])
})

test('arithmetic is exact and keeps the notation', () => {
  expect(parseQuantity('1Gi').add(parseQuantity('512Mi')).toString()).toBe('1536Mi')
  expect(parseQuantity('100m').add(parseQuantity('0.9')).toString()).toBe('1')
  expect(parseQuantity('0').add(parseQuantity('1Ki')).toString()).toBe('1Ki')
  expect(parseQuantity('1').sub(parseQuantity('1500m')).toString()).toBe('-500m')
  expect(parseQuantity('1Ki').compare(parseQuantity('1k'))).toBe(1)
  expect(parseQuantity('1').equals(parseQuantity('1000m'))).toBe(true)
  expect(newQuantity(2048, { format: 'BinarySI' }).toString()).toBe('2Ki')
  expect(parseQuantity('250m').toNumber()).toBe(0.25)
})
