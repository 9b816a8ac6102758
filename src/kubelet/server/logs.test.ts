import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../util/clock.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { pod } from '../fake/pods.ts'
import { readLog, type LogOptions } from './container-logs.ts'
import { parseLogLine } from './cri-log.ts'
import { containerForLogs, parseLogOptions } from './log-request.ts'
import { rotateIfLarge } from './log-rotation.ts'
import { readLastLines } from './log-tail.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cox-logs-'))
  path = join(directory, '0.log')
})
afterEach(() => rmSync(directory, { recursive: true }))

const line = (text: string, { second = 0, stream = 'stdout', tag = 'F' } = {}) => `2026-01-01T00:00:0${second}.123456789Z ${stream} ${tag} ${text}\n`
const all: LogOptions = { follow: false, timestamps: false, previous: false }
async function read(options: Partial<LogOptions> = {}): Promise<string> {
  const chunks = await Array.fromAsync(readLog({ path, clock: systemClock, ended: () => true }, { ...all, ...options }, new AbortController().signal))
  return Buffer.concat(chunks).toString()
}

test.each([
  [line('hi'), 'stdout', false, 'hi\n'],
  [line('par', { tag: 'P' }), 'stdout', true, 'par'],
  [line('', { stream: 'stderr' }), 'stderr', false, '\n'],
  [line('a b  c'), 'stdout', false, 'a b  c\n'],
])('%j', (text, stream, partial, content) => {
  const entry = parseLogLine(Buffer.from(text.slice(0, -1)))!
  expect([entry.stream, entry.partial, entry.content.toString()]).toEqual([stream, partial, content])
})
test('what is not in the format is no entry', () => expect(parseLogLine(Buffer.from('hello'))).toBeUndefined())

test('choices: tail, bytes, since, timestamps, stream; long lines are joined', async () => {
  writeFileSync(path, line('one') + line('two', { second: 1, stream: 'stderr' }) + line('thr', { second: 2, tag: 'P' }) + line('ee', { second: 2 }))
  expect(await read()).toBe('one\ntwo\nthree\n')
  expect(await read({ tailLines: 1 })).toBe('ee\n')
  expect(await read({ tailLines: 0 })).toBe('')
  expect(await read({ tailLines: 99 })).toBe('one\ntwo\nthree\n')
  expect(await read({ limitBytes: 5 })).toBe('one\nt')
  expect(await read({ sinceMs: Date.UTC(2026, 0, 1, 0, 0, 2) })).toBe('three\n')
  expect(await read({ stream: 'stderr' })).toBe('two\n')
  expect(await read({ timestamps: true, limitBytes: 34 })).toBe('2026-01-01T00:00:00.123456789Z one')
  expect(await readLastLines(path, { lines: 2, bytes: 100 })).toBe('three\n')
})

test('follows a log through its rotation, until the container has ended', async () => {
  writeFileSync(path, line('one'))
  let ended = false
  const seen: string[] = []
  const following = (async () => {
    for await (const chunk of readLog({ path, clock: systemClock, ended: () => ended }, { ...all, follow: true }, new AbortController().signal))
      seen.push(chunk.toString())
  })()
  await expect.poll(() => seen).toEqual(['one\n'])
  appendFileSync(path, line('two'))
  renameSync(path, `${path}.old`)
  writeFileSync(path, line('three'))
  await expect.poll(() => seen).toEqual(['one\n', 'two\n', 'three\n'])
  appendFileSync(path, line('four'))
  ended = true
  await following
  expect(seen.at(-1)).toBe('four\n')
})

test('a large log is set aside, the runtime writes a new one, and four old ones stay', async () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 31, 10, 20, 30))
  const runtime = { reopenContainerLog: async () => (writeFileSync(path, ''), {}) }
  for (let i = 0; i < 7; i++) {
    writeFileSync(path, `log ${i}`.padEnd(100))
    expect(await rotateIfLarge({ id: 'c', logPath: path }, { runtime, clock, bytesMax: 100 })).toBe(true)
    await clock.advance(1_000)
  }
  expect(await rotateIfLarge({ id: 'c', logPath: path }, { runtime, clock, bytesMax: 100 })).toBe(false)
  const files = readdirSync(directory).toSorted()
  expect(files).toEqual(['0.log', '0.log.20260131-102033', '0.log.20260131-102034', '0.log.20260131-102035', '0.log.20260131-102036'])
  expect(readFileSync(join(directory, files.at(-1)!), 'utf8').trim()).toBe('log 6')
})

test('a runtime that cannot reopen keeps its file', async () => {
  writeFileSync(path, 'x'.repeat(100))
  const runtime = { reopenContainerLog: () => Promise.reject(new Error('no')) }
  await expect(rotateIfLarge({ id: 'c', logPath: path }, { runtime, clock: new FakeClock(), bytesMax: 100 })).rejects.toThrow('no')
  expect(readdirSync(directory)).toEqual(['0.log'])
})

test('query parameters', () => {
  const parse = (query: string) => parseLogOptions(new URLSearchParams(query), 100_000)
  expect(parse('follow=true&tailLines=5&sinceSeconds=10&stream=Stderr')).toEqual({
    follow: true,
    timestamps: false,
    previous: false,
    tailLines: 5,
    sinceMs: 90_000,
    stream: 'stderr',
  })
  for (const bad of ['tailLines=-1', 'limitBytes=0', 'sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z', 'tailLines=x']) expect(() => parse(bad)).toThrow()
})

const ended = { terminated: { exitCode: 1, containerID: 'containerd://old' } }
test.each([
  ['running', { containerID: 'containerd://now', state: { running: {} } }, false, 'now'],
  ['ended', { state: ended }, false, 'old'],
  ['waiting after a crash', { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended }, false, 'old'],
  ['previous', { state: { running: {} }, lastState: ended }, true, 'old'],
  ['no previous', { state: { running: {} } }, true, 'previous terminated container "c" in pod "web" not found'],
  ['image', { state: { waiting: { reason: 'ErrImagePull' } } }, false, 'container "c" in pod "web" is waiting to start: image can\'t be pulled'],
  ['creating', { state: { waiting: { reason: 'ContainerCreating' } } }, false, 'container "c" in pod "web" is waiting to start: ContainerCreating'],
] as [string, object, boolean, string][])('which log: %s', (_, status, previous, want) => {
  const choose = () => containerForLogs(pod(), { containerStatuses: [{ name: 'c', ...status }] } as never, 'c', previous)
  if (want.includes(' ')) expect(choose).toThrow(want)
  else expect(choose()).toBe(want)
})
