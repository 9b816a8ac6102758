import { describe, expect, test } from 'vitest'
import { codec } from '../../../api/codec.ts'
import { systemClock } from '../../../util/clock.ts'
import { resourceFacts } from '../../../api/resource-facts.ts'
import { BodyReader } from './body-reader.ts'
import { isDense, refuseHeavyObject, refuseTooManyValues } from './density.ts'
import { answer, readAnswer, type Reading } from './decode.ts'

const dense = (count: number, item = '0') => `[${Array.from({ length: count }, () => item).join(',')}]`

describe('density', () => {
  test.each<[string, string, boolean]>([
    ['one long text', JSON.stringify({ a: 'x'.repeat(1_000_000) }), false],
    ['20,000 values and their list', dense(20_001), true],
    ['fewer', dense(19_999), false],
    ['marks within a text count, too', JSON.stringify(','.repeat(20_001)), true],
  ])('%s', (_, text, expected) => expect(isDense(Buffer.from(text))).toBe(expected))

  const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']))
  test.each<[string, unknown, boolean]>([
    ['50,000 values in small lists', Array.from({ length: 500 }, () => entries(99)), true],
    ['more', Array.from({ length: 510 }, () => entries(99)), false],
    ['10,000 entries of one map: each weighs five', entries(10_000), true],
    ['one more', entries(10_001), false],
    ['a text', 'x'.repeat(100_000), true],
  ])('%s', (_, value, accepted) => {
    const check = () => refuseTooManyValues([value as never])
    if (accepted) expect(check).not.toThrow()
    else expect(check).toThrow('Request entity too large: the object holds too many values')
  })
})

test('who owns the fields of an object weighs on its own, and nothing when the server has written it', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']))
  const object = (data: number, fields: number) => ({ metadata: { name: 'a', managedFields: [{ fieldsV1: many(fields) }] }, data: many(data) })
  const accepts = (data: number, fields: number, given: boolean) => {
    try {
      refuseHeavyObject(object(data, fields), given)
      return true
    } catch {
      return false
    }
  }
  expect([accepts(9_900, 19_000, true), accepts(9_900, 21_000, true), accepts(9_900, 100_000, false), accepts(10_001, 0, false)]).toEqual([
    true,
    false,
    true,
    false,
  ])
})

const { group, version, kind, type } = resourceFacts.get('v1/configmaps')!
const asObject = (validation: 'Strict' | 'Warn' | 'Ignore'): Reading => ({ as: 'object', format: 'json', expected: { group, version, kind, type }, validation })

/** What a caller gets: the value as JSON and the complaints, or the code and message of the refusal. */
function outcome(read: () => { readonly value: unknown; readonly complaints: readonly string[] }): unknown {
  try {
    const { value, complaints } = read()
    return [JSON.stringify(value), complaints]
  } catch (error) {
    return [(error as { code: number }).code, (error as Error).message]
  }
}

const rows: readonly [string, string, Reading, unknown][] = [
  [
    'an object and its warnings',
    '{"metadata":{"name":"a"},"x":[0],"data":{"n":"9007199254740993"}}',
    asObject('Warn'),
    ['{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{"n":"9007199254740993"}}', ['unknown field "x"']],
  ],
  ['strict', '{"x":0}', asObject('Strict'), [400, 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "x"']],
  ['a patch keeps what a double cannot hold', '{"a":9007199254740993}', { as: 'patch', type: 'merge', validation: 'Warn' }, ['{"a":9007199254740993}', []]],
  [
    'operations are counted',
    dense(10_001, '{}'),
    { as: 'patch', type: 'json', validation: 'Warn' },
    [413, 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001'],
  ],
  [
    '10,000 operations weigh what they bring',
    dense(10_000, '{"op":"add","path":"/a","value":0}'),
    { as: 'patch', type: 'json', validation: 'Warn' },
    expect.arrayContaining([[]]),
  ],
  [
    'operations that bring too much',
    `[{"op":"add","path":"/a","value":${dense(10_001)}}]`,
    { as: 'patch', type: 'json', validation: 'Warn' },
    [413, 'Request entity too large: the object holds too many values'],
  ],
  ['delete options', '{"dryRun":["All"],"x":0}', { as: 'delete-options', format: 'json' }, ['{"dryRun":["All"]}', []]],
  ['delete options of another kind', '{"kind":"Pod"}', { as: 'delete-options', format: 'json' }, [400, expect.stringContaining('no kind "Pod" is registered')]],
  ['a configuration', 'a: yes\nb: 0644', { as: 'configuration' }, ['{"a":true,"b":420}', []]],
  [
    'a configuration that is none',
    '- a',
    { as: 'configuration' },
    [400, expect.stringContaining('cannot unmarshal array into Go value of type map[string]interface {}')],
  ],
]

test.each(rows)('to the thread and back: %s', (_, body, reading, expected) => {
  const result = structuredClone(answer(codec, { id: 1, body: Buffer.from(body), reading }))
  expect(outcome(() => readAnswer(codec, result))).toEqual(expected)
})

test('the thread reads bodies, also after one that it refused, and ends when it is closed', async () => {
  const reader = new BodyReader(codec, systemClock)
  const read = (body: string) => reader.readLarge(Buffer.from(body), { as: 'patch', type: 'merge', validation: 'Warn' })
  const results = await Promise.allSettled([read('{"a":1}'), read('{'), read('{"b":2}')])
  expect(results).toEqual([
    { status: 'fulfilled', value: { value: { a: 1 }, complaints: [] } },
    { status: 'rejected', reason: expect.objectContaining({ code: 400 }) },
    { status: 'fulfilled', value: { value: { b: 2 }, complaints: [] } },
  ])
  expect(await reader.readLargeText(Buffer.from('a: yes'), { as: 'record', isYaml: true })).toBe('{"a":true}')
  expect(await reader.readLargeText(Buffer.from('{"a":'), { as: 'record', isYaml: false })).toBe(String.raw`"{\"a\":"`)
  const waiting = expect(read('{"c":3}')).rejects.toThrow('the server is shutting down')
  await reader.close()
  await waiting
})
