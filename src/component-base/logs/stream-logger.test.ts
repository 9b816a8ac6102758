import { expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import { errorText } from './error-text.ts'
import { type LogFormat, type LogLevel, newStreamLogger } from './stream-logger.ts'

function setup(format: LogFormat, level: LogLevel = 'info') {
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text) }
  return { written, logger: newStreamLogger({ stream, format, level, clock: new FakeClock(Date.UTC(2026, 0, 31, 10, 20, 30, 123)) }) }
}

test('klog text', () => {
  const { written, logger } = setup('text')
  logger.info('Bound pod to node', { pod: 'default/web', evaluated: 3, left: undefined })
  expect(written).toEqual([`I0131 10:20:30.123000 ${process.pid}] "Bound pod to node" pod="default/web" evaluated=3\n`])
})

test('JSON lines carry keys of the logger and of the line', () => {
  const { written, logger } = setup('json')
  logger.with({ controller: 'job' }).error('Reconcile failed', new Error('no', { cause: new Error('refused') }), { key: 'a/b' })
  expect(JSON.parse(written[0]!)).toEqual({ ts: 1769854830123, level: 'error', msg: 'Reconcile failed', controller: 'job', key: 'a/b', err: 'no: refused' })
})

test('lines below the level are not written; stacks only at debug level', () => {
  const { written, logger } = setup('text', 'warn')
  logger.debug('a')
  logger.info('b')
  logger.warn('c')
  expect(written).toHaveLength(1)
  const debug = setup('text', 'debug')
  debug.logger.error('failed', new Error('x'))
  expect(debug.written[0]).toContain('stream-logger.test.ts')
})

for (const { name, error, expected } of [
  { name: 'causes are appended', error: new Error('a', { cause: new Error('b') }), expected: 'a: b' },
  { name: 'a cause that is repeated is said once', error: new Error('get x: refused', { cause: new Error('refused') }), expected: 'get x: refused' },
  { name: 'an aggregate says all', error: new AggregateError([new Error('a'), new Error('b')], 'two failed'), expected: 'two failed; a; b' },
  { name: 'what is no error is written as it is', error: 'text', expected: 'text' },
]) {
  test(name, () => expect(errorText(error)).toBe(expected))
}
