import { expect, test } from 'vitest'
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/flowcontrol/v1.ts'
import { digest, levelSpecOf } from './configuration.ts'

const level = (name: string, spec: object) => ({ metadata: { name, uid: `uid-${name}` }, spec }) as unknown as PriorityLevelConfiguration
const queue = (queuing: object) => ({ type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing } } })
const schema = (name: string, levelName: string, status?: object) =>
  ({ metadata: { name }, spec: { priorityLevelConfiguration: { name: levelName }, matchingPrecedence: 500 }, status }) as unknown as FlowSchema

for (const { name, object, expected } of [
  { name: 'defaults', object: level('l', queue({})), expected: { shares: 30, shape: { kind: 'queue', queues: 64, handSize: 8, queueLengthLimit: 50 } } },
  { name: 'reject', object: level('l', { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } }), expected: { shape: { kind: 'reject' } } },
  { name: 'exempt', object: level('exempt', { type: 'Exempt', exempt: {} }), expected: { shares: 0, shape: { kind: 'exempt' } } },
  { name: 'no spec at all', object: level('l', undefined as never), expected: 'broken union structure' },
  { name: 'limited without its part', object: level('l', { type: 'Limited' }), expected: 'broken union structure at the top, for Limited' },
  { name: 'exempt under another name', object: level('l', { type: 'Exempt', exempt: {} }), expected: 'non-alignment between name and type' },
  {
    name: 'queue without queues',
    object: level('l', { type: 'Limited', limited: { limitResponse: { type: 'Queue' } } }),
    expected: 'broken union structure for limit response',
  },
  { name: 'hands larger than the deck', object: level('l', queue({ queues: 2, handSize: 3 })), expected: 'handSize 3 is greater than deckSize 2' },
] as const) {
  test(`a priority level: ${name}`, () => {
    const spec = levelSpecOf(object)
    if (typeof expected === 'string') expect(spec === expected || (typeof spec === 'object' && expected === 'broken union structure')).toBe(true)
    else expect(spec).toMatchObject(expected)
  })
}

test('nothing stored: the mandatory schemas are there', () => {
  expect(digest([], []).schemas.map(({ name, level: to }) => [name, to])).toEqual([
    ['exempt', 'exempt'],
    ['catch-all', 'catch-all'],
  ])
})

test('a schema whose level is missing or broken is not used, and says so', () => {
  const good = level('good', queue({}))
  const broken = level('broken', { type: 'Limited' })
  const found = { conditions: [{ type: 'Dangling', status: 'False', reason: 'Found', message: 'wrong' }] }
  const missing = 'This FlowSchema references the PriorityLevelConfiguration object named "none" but there is no such object'
  const settled = { conditions: [{ type: 'Dangling', status: 'True', reason: 'NotFound', message: missing }] }
  const { schemas, statusUpdates, brokenLevels } = digest(
    [good, broken],
    [schema('a', 'good'), schema('b', 'broken', found), schema('c', 'none', settled), schema('exempt', 'none')],
  )
  expect(brokenLevels.map(({ name }) => name)).toEqual(['broken'])
  // An exempt schema that leads nowhere is replaced by the built-in one.
  expect(schemas.map(({ name, level: to }) => `${name} ${to}`)).toEqual(['exempt exempt', 'a good', 'catch-all catch-all'])
  expect(statusUpdates.map(({ flowSchema, condition: { status, reason, message } }) => [flowSchema, status, reason, message])).toEqual([
    ['a', 'False', 'Found', 'This FlowSchema references the PriorityLevelConfiguration object named "good" and it exists'],
    ['b', 'True', 'NotFound', 'This FlowSchema references the PriorityLevelConfiguration object named "broken" but there is no such object'],
    ['exempt', 'True', 'NotFound', missing],
  ])
})
