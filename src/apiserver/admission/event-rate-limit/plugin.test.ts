import { expect, test } from 'vitest'
import { FakeClock } from '../../../util/fake/clock.ts'
import { attributesFor } from '../fake/attributes.ts'
import type { Limit } from './configuration.ts'
import { newEventRateLimit } from './plugin.ts'

interface Sent {
  readonly namespace?: string
  readonly user?: string
  readonly host?: string
  readonly about?: string
}

function server(...limits: Limit[]) {
  const clock = new FakeClock()
  const plugin = newEventRateLimit(limits, clock)
  const send = ({ namespace = 'ns', user = 'u', host = 'h', about = 'p' }: Sent = {}): string => {
    const object = { kind: 'Event', metadata: { name: 'e' }, source: { component: 'c', host }, involvedObject: { kind: 'Pod', namespace, name: about } }
    try {
      void plugin.validate!(attributesFor('events', { object, namespace, user: { name: user, groups: [], extra: new Map() } }))
      return 'ok'
    } catch (error) {
      return (error as Error).message
    }
  }
  return { clock, plugin, send }
}

test('the burst passes at once, then as many a second as the rate says', async () => {
  const { clock, send } = server({ type: 'Server', qps: 2, burst: 3 })
  expect([send(), send(), send(), send()]).toEqual(['ok', 'ok', 'ok', 'Too many requests: limit reached on type Server for key '])
  await clock.advance(499)
  expect(send()).toContain('limit reached')
  await clock.advance(1)
  expect([send(), send()]).toEqual(['ok', 'Too many requests: limit reached on type Server for key '])
  await clock.advance(60_000)
  expect([send(), send(), send(), send()].filter((answer) => answer === 'ok')).toHaveLength(3)
})

test.each<[Limit['type'], Sent, Sent, string]>([
  ['Namespace', { namespace: 'a' }, { namespace: 'b' }, 'a'],
  ['User', { user: 'a' }, { user: 'b' }, 'a'],
  ['SourceAndObject', { host: 'a', about: 'x' }, { host: 'a', about: 'y' }, 'caPodnsx'],
])('%s: each has a bucket of its own', (type, one, other, key) => {
  const { send } = server({ type, qps: 1, burst: 1 })
  expect([send(one), send(other), send(one)]).toEqual(['ok', 'ok', `Too many requests: limit reached on type ${type} for key ${key}`])
})

test('the least recently used key is forgotten', () => {
  const { send } = server({ type: 'Namespace', qps: 1, burst: 1, cacheSize: 2 })
  expect([send({ namespace: 'a' }), send({ namespace: 'b' })]).toEqual(['ok', 'ok'])
  expect(send({ namespace: 'a' })).toContain('for key a') // so b is older
  expect(send({ namespace: 'c' })).toBe('ok') // b is forgotten
  expect(send({ namespace: 'a' })).toContain('for key a')
  expect(send({ namespace: 'b' })).toBe('ok')
})

test('of several limits the last refusal is told, and each has counted', () => {
  const { send } = server({ type: 'Server', qps: 1, burst: 1 }, { type: 'User', qps: 1, burst: 2 })
  expect(send()).toBe('ok')
  expect(send()).toContain('type Server')
  expect(send()).toContain('type User')
})

test('only events are counted, and the answer is 429', () => {
  const { plugin } = server({ type: 'Server', qps: 1, burst: 1 })
  const other = attributesFor('pods', { object: { metadata: { name: 'p' } } })
  for (let i = 0; i < 3; i++) expect(plugin.validate!(other)).toBeUndefined()
  const event = attributesFor('events', { object: { metadata: { name: 'e' } } })
  void plugin.validate!(event)
  expect(() => plugin.validate!(event)).toThrow(expect.objectContaining({ code: 429, reason: 'TooManyRequests' }))
})
