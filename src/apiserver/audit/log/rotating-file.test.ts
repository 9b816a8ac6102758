import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { FakeClock } from '../../../util/fake/clock.ts'
import { backupName, sortBackups } from './backups.ts'
import { RotatingFile, type RotatingFileOptions } from './rotating-file.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const startMs = Date.UTC(2026, 0, 31, 10, 20, 30, 123)

async function setup(options: Partial<RotatingFileOptions> = {}, before: (folder: string) => void = () => {}) {
  const base = mkdtempSync(join(tmpdir(), 'cox-audit-'))
  folders.push(base)
  const folder = join(base, 'logs')
  const path = join(folder, 'audit.log')
  before(folder)
  const clock = new FakeClock(startMs)
  const warnings: unknown[] = []
  const file = await RotatingFile.open({ path, bytesMax: 10, maxAgeDays: 0, maxBackups: 0, compress: false, ...options }, clock, (error) =>
    warnings.push(error),
  )
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return { file, folder, path, clock, read, names: () => readdirSync(folder).toSorted(), warnings }
}

test('only the owner reads the log and its folder', async () => {
  const { file, folder, path } = await setup()
  await file.write('a\n')
  expect([statSync(path).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700])
  await file.close()
})

test('lines in order, whoever waits; a line that would be too much begins a new file', async () => {
  const { file, read, names } = await setup()
  const results = await Promise.all(['1234\n', '5678\n', 'abcd\n', 'efgh\n', 'x\n'].map((line) => file.write(line)))
  expect(results).toEqual([undefined, undefined, undefined, undefined, undefined])
  await file.close()
  // Two rotations in one millisecond: the second backup takes the next one.
  expect(names()).toEqual(['audit-2026-01-31T10-20-30.123.log', 'audit-2026-01-31T10-20-30.124.log', 'audit.log'])
  expect([read('audit-2026-01-31T10-20-30.123.log'), read('audit-2026-01-31T10-20-30.124.log'), read('audit.log')]).toEqual([
    '1234\n5678\n',
    'abcd\nefgh\n',
    'x\n',
  ])
})

test('an existing file goes on, unless it is full', async () => {
  const some = await setup({}, (folder) => (mkdirSync(folder), writeFileSync(join(folder, 'audit.log'), 'old\n')))
  await some.file.write('new\n')
  await some.file.close()
  expect(some.read('audit.log')).toBe('old\nnew\n')
  const full = await setup({}, (folder) => (mkdirSync(folder), writeFileSync(join(folder, 'audit.log'), '12345678\n')))
  await full.file.write('new\n')
  await full.file.close()
  expect([full.names().length, full.read('audit.log')]).toEqual([2, 'new\n'])
})

test('a line larger than a file is refused, the others are not', async () => {
  const { file, read } = await setup()
  const [large, small] = await Promise.all([file.write('12345678901\n'), file.write('a\n')])
  expect([large?.message, small]).toEqual(['write length 12 exceeds maximum file size 10', undefined])
  await file.close()
  expect(read('audit.log')).toBe('a\n')
})

test('a folder that goes away is an error of the lines, not of the process; then it comes back', async () => {
  const { file, folder, names } = await setup({ bytesMax: 4 })
  await file.write('abc\n')
  rmSync(folder, { recursive: true })
  expect((await file.write('def\n'))?.message).toMatch(/^ENOENT/)
  mkdirSync(folder)
  expect(await file.write('ghi\n')).toBeUndefined()
  await file.close()
  expect(names()).toEqual(['audit.log'])
})

test('a path that cannot be is noticed at the start', async () => {
  await expect(setup({}, (folder) => writeFileSync(folder, ''))).rejects.toThrow(/EEXIST|ENOTDIR/)
})

test('old files: compressed, and no more than allowed', async () => {
  const { file, names, read, folder } = await setup({ bytesMax: 4, compress: true, maxBackups: 2 }, (dir) => {
    mkdirSync(dir)
    writeFileSync(join(dir, 'other-2026-01-01T00-00-00.000.log'), '')
  })
  for (const line of ['aaa\n', 'bbb\n', 'ccc\n', 'ddd\n']) await file.write(line)
  await file.close()
  expect(names()).toEqual(['audit-2026-01-31T10-20-30.124.log.gz', 'audit-2026-01-31T10-20-30.125.log.gz', 'audit.log', 'other-2026-01-01T00-00-00.000.log'])
  const compressed = join(folder, 'audit-2026-01-31T10-20-30.125.log.gz')
  expect([gunzipSync(readFileSync(compressed)).toString(), statSync(compressed).mode & 0o777, read('audit.log')]).toEqual(['ccc\n', 0o600, 'ddd\n'])
})

test('names of backups', () => {
  expect(backupName('audit.log', startMs)).toBe('audit-2026-01-31T10-20-30.123.log')
  expect(backupName('audit', startMs)).toBe('audit-2026-01-31T10-20-30.123')
})

const day = (days: number) => backupName('audit.log', startMs - days * 86_400_000)
const limits = { maxAgeDays: 0, maxBackups: 0, compress: false }

for (const { name, names, options, remove = [], compress = [] } of [
  { name: 'without limits all stay', names: [day(1), day(999)], options: {} },
  { name: 'by number the newest stay', names: [day(3), day(1), day(2)], options: { maxBackups: 2 }, remove: [day(3)] },
  { name: 'a file and its compressed form are one backup', names: [day(1), `${day(1)}.gz`, day(2)], options: { maxBackups: 2 } },
  { name: 'by age, whatever their number', names: [day(1), day(31)], options: { maxAgeDays: 30, maxBackups: 10 }, remove: [day(31)] },
  { name: 'exactly as old as allowed stays', names: [day(30)], options: { maxAgeDays: 30 } },
  {
    name: 'what is removed is not compressed',
    names: [day(1), day(2), `${day(0)}.gz`],
    options: { maxBackups: 2, compress: true },
    remove: [day(2)],
    compress: [day(1)],
  },
  {
    name: 'files of others are left alone',
    names: [
      'audit.log',
      'audit-x.log',
      'audit-2026-01-31.log',
      'audit-2026-13-31T10-20-30.123.log',
      'my-audit-2020-01-31T10-20-30.123.log',
      'audit-2020-01-31T10-20-30.123.txt',
    ],
    options: { maxAgeDays: 1, maxBackups: 1, compress: true },
  },
]) {
  test(`old logs: ${name}`, () => expect(sortBackups('audit.log', names, { ...limits, ...options }, startMs)).toEqual({ remove, compress }))
}
