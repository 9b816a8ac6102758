import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeAtomically } from './atomic-writer.ts'

let directory: string
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'cox-atomic-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const payload = (files: Record<string, string>, mode = 0o644) => new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]))
const write = (files: Record<string, string>, mode?: number) => writeAtomically(directory, payload(files, mode), { nowMs: Date.UTC(2026, 0, 31, 10, 20, 30) })
const visible = () => readdirSync(directory).filter((name) => !name.startsWith('..'))

test('files appear through ..data, with their modes', async () => {
  expect(await write({ a: '1', 'deep/b': '2' }, 0o400)).toBe(true)
  expect(readFileSync(join(directory, 'deep/b'), 'utf8')).toBe('2')
  expect(readlinkSync(join(directory, 'a'))).toBe('..data/a')
  expect(readlinkSync(join(directory, '..data'))).toMatch(/^\.\.2026_01_31_10_20_30\./)
  expect(statSync(join(directory, 'a')).mode & 0o777).toBe(0o400)
})

test('the same again changes nothing; a change switches ..data and leaves one version', async () => {
  await write({ a: '1' })
  const first = readlinkSync(join(directory, '..data'))
  expect(await write({ a: '1' })).toBe(false)
  expect(readlinkSync(join(directory, '..data'))).toBe(first)
  expect(await write({ a: '2' })).toBe(true)
  expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('2')
  expect(readdirSync(directory).filter((name) => name.startsWith('..2'))).toHaveLength(1)
})

test('files that are gone lose their links', async () => {
  await write({ a: '1', b: '2' })
  await write({ b: '2' })
  expect(visible()).toEqual(['b'])
  await write({})
  expect(visible()).toEqual([])
  expect(lstatSync(join(directory, '..data')).isSymbolicLink()).toBe(true)
})

test.each(['/etc/passwd', '../x', 'a/../../x', '..data', '..2026/x', '', 'a//b', './a'])('the path %j is refused', async (path) => {
  await expect(write({ [path]: 'x' })).rejects.toThrow(RangeError)
  expect(readdirSync(directory)).toEqual([])
})
