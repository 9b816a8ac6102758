import { expect, test } from 'vitest'
import type { LimitRange } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { limitRangeDefaults } from './defaults.ts'
import { limitRangeStrategy } from './strategy.ts'

const rangeOf = (...limits: object[]) => ({ metadata: { name: 'l' }, spec: { limits } }) as unknown as Mutable<LimitRange>
const messages = (range: LimitRange) => limitRangeStrategy.validate!({} as never, range).map(fieldErrorMessage)

test('defaults of containers: the limit from the maximum, the request from the limit, then from the minimum', () => {
  const range = rangeOf({ type: 'Container', max: { cpu: '2' }, min: { memory: '1Gi' } }, { type: 'Pod', max: { cpu: '4' } })
  limitRangeDefaults(range)
  expect(range.spec!.limits[0]).toMatchObject({ default: { cpu: '2' }, defaultRequest: { cpu: '2', memory: '1Gi' } })
  expect(range.spec!.limits[1]).not.toHaveProperty('default')
})

test.each<[why: string, item: object, expected: readonly string[]]>([
  [
    'minimum above maximum',
    { type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } },
    ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
  ],
  [
    'a ratio that minimum and maximum never reach',
    { type: 'Container', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '5' } },
    ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "5": ratio 5 is greater than max/min = 2.000000'],
  ],
  ['pods have no defaults', { type: 'Pod', default: { cpu: '1' } }, ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"]],
  [
    'devices are not overcommitted',
    { type: 'Container', default: { 'example.com/gpu': '1' }, defaultRequest: { 'example.com/gpu': '0' } },
    ['spec.limits[0].defaultRequest[example.com/gpu]: Invalid value: "0": default value 1 must equal to defaultRequest value 0 in example.com/gpu'],
  ],
])('%s', (_, item, expected) => {
  expect(messages(rangeOf(item))).toEqual(expected)
})

test('a range without a name gets one', () => {
  const named = rangeOf()
  limitRangeStrategy.prepareForCreate!({} as never, named)
  expect(named.metadata.name).toBe('l')
  const nameless = { metadata: {}, spec: { limits: [] } } as unknown as Mutable<LimitRange>
  limitRangeStrategy.prepareForCreate!({} as never, nameless)
  expect(nameless.metadata.name).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
})
