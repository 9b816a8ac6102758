import { expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import { parseDuration } from './duration.ts'
import { type Io, isFancy, table } from './io.ts'
import { type StepFormat, Steps } from './steps.ts'
import { didYouMean } from './suggestion.ts'

for (const [text, ms] of [
  ['0', 0],
  ['90', 90_000],
  ['90s', 90_000],
  ['1m30s', 90_000],
  ['500ms', 500],
  ['1.5h', 5_400_000],
  ['soon', undefined],
  ['5 m', undefined],
  ['-1s', undefined],
  ['', undefined],
] as const)
  test(`duration "${text}"`, () => expect(parseDuration(text)).toBe(ms))

for (const [word, suggestion] of [
  ['node1', ' (did you mean "node-1"?)'],
  ['srever', ' (did you mean "server"?)'],
  ['database', ''],
] as const)
  test(`"${word}"${suggestion}`, () => expect(didYouMean(word, ['node-1', 'server'])).toBe(suggestion))

test('columns are as wide as their widest cell', () => {
  expect(
    table([
      ['NAME', 'STATE', 'X'],
      ['a-long-name', 'ok', ''],
    ]),
  ).toBe('NAME         STATE  X\na-long-name  ok     \n')
})

for (const { name, tty, env, fancy } of [
  { name: 'a terminal', tty: true, env: {}, fancy: true },
  { name: 'a file', tty: false, env: {}, fancy: false },
  { name: 'NO_COLOR', tty: true, env: { NO_COLOR: '1' }, fancy: false },
  { name: 'a dumb terminal', tty: true, env: { TERM: 'dumb' }, fancy: false },
])
  test(`${name} is ${fancy ? '' : 'not '}fancy`, () => expect(isFancy({ write: () => true, isTTY: tty }, env)).toBe(fancy))

function trial(format: StepFormat, fancy = false) {
  let [out, err] = ['', '']
  const io: Io = {
    out: { write: (text) => (out += text as string) },
    err: { write: (text) => (err += text as string) },
    readAll: () => Promise.resolve(new Uint8Array()),
    fancy,
  }
  const clock = new FakeClock()
  return { steps: new Steps(io, clock, format), clock, read: () => ({ out, err }) }
}

for (const { format, expected } of [
  { format: 'text', expected: { out: '', err: ' ✓ Making tea (1.5s)\n ✗ Drinking it (0.0s)\nTea.\n' } },
  { format: 'quiet', expected: { out: '', err: '' } },
] as const)
  test(`steps as ${format}`, async () => {
    const { steps, clock, read } = trial(format)
    await steps.run('Making tea', async () => clock.advance(1_500))
    await expect(steps.run('Drinking it', () => Promise.reject(new Error('hot')))).rejects.toThrow('hot')
    steps.say('Tea.')
    expect(read()).toEqual(expected)
  })

test('steps as json: one event a line, on standard output', async () => {
  const { steps, read } = trial('json')
  await steps.run('Making tea', () => Promise.resolve())
  const events = read()
    .out.trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events).toMatchObject([
    { step: 'Making tea', status: 'started' },
    { step: 'Making tea', status: 'done', ms: 0 },
  ])
  expect(read().err).toBe('')
})

test('on a terminal a moving line says what is under way, and gives way to the result', async () => {
  const { steps, read } = trial('text', true)
  const work = Promise.withResolvers<void>()
  const step = steps.run('Making tea', () => work.promise)
  expect(read().err).toMatch(/⠙ Making tea$/)
  work.resolve()
  await step
  expect(read().err).toContain('\r\u001B[K \u001B[32m✓\u001B[0m Making tea (0.0s)\n')
})
