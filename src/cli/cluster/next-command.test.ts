import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nextCommand } from './next-command.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'next-'))
  writeFileSync(join(folder, 'kubectl'), '')
  chmodSync(join(folder, 'kubectl'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  { title: 'kubectl on PATH → with the context', name: 'coxswain', path: () => `/none:${folder}`, expected: 'Next: kubectl --context cox-coxswain get nodes' },
  { title: 'no kubectl → through cox', name: 'coxswain', path: () => '/none', expected: 'Next: cox kubectl -- get nodes' },
  { title: 'no kubectl, another cluster → by its name', name: 'two', path: () => '/none', expected: 'Next: cox kubectl --name two -- get nodes' },
  { title: 'no PATH at all → through cox', name: 'coxswain', path: () => undefined, expected: 'Next: cox kubectl -- get nodes' },
])('$title', ({ name, path, expected }) => {
  expect(nextCommand({ name, context: `cox-${name}`, args: 'get nodes' }, { PATH: path() })).toBe(expected)
})
