import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exitCodes } from './errors.ts'

test('the README lists every exit status', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  const listed = [...readme.matchAll(/^\| (\d+) \| (\w+) \|/gm)].map(([, code, id]) => [id, Number(code)])
  expect(Object.fromEntries(listed)).toEqual(exitCodes)
})
