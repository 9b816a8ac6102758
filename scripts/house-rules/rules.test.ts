import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importsOf, type Module, readModules } from './modules.ts'
import { violations } from './rules.ts'

const source = (path: string, text: string): Module => ({ path, text, lineCount: text.split('\n').length, imports: importsOf(path, text) })

/** Each planted fault must be found: a check that cannot fail checks nothing. */
for (const [rule, path, text] of [
  ['layers', 'src/scheduler/queue/queue.ts', "import { openStore } from '../../storage/storage.ts'"],
  ['layers', 'src/controllers/job/index.ts', "export type { Kubelet } from '../../kubelet/kubelet.ts'"],
  ['layers', 'src/client/client.ts', "const later = await import('../cmd/main.ts')"],
  ['unknown-folder', 'src/misc/thing.ts', 'export {}'],
  ['islands', 'src/controllers/job/act.ts', "import { act } from '../deployment/act.ts'"],
  ['io-at-the-edges', 'src/controllers/job/act.ts', "import { readFile } from 'node:fs/promises'"],
  ['no-fakes-in-production', 'src/client/rest/rest.ts', "import { FakeClock } from '../../util/fake/clock.ts'"],
  ['no-utils', 'src/util/utils.ts', 'export {}'],
  ['file-length', 'src/util/heap.ts', '\n'.repeat(501)],
  ['nothing-left-open', 'src/util/heap.ts', '// TODO: sift'],
  ['injected-time-and-chance', 'src/client/rest/rest.ts', 'const now = Date.now()'],
] as const) {
  test(`${rule} is found in ${path}`, () => expect(violations([source(path, text)]).map((v) => v.rule)).toContain(rule))
}

test('no-cycles finds a cycle through a third module', () => {
  const modules = [
    source('src/util/a.ts', "import './b.ts'"),
    source('src/util/b.ts', "import type { C } from './c.ts'"),
    source('src/util/c.ts', "export { a } from './a.ts'"),
  ]
  expect(violations(modules).filter((v) => v.rule === 'no-cycles').length).toBeGreaterThan(0)
})

test('the source tree keeps the rules', () => {
  const modules = readModules(join(import.meta.dirname, '../..'))
  expect(modules.length).toBeGreaterThan(20)
  expect(violations(modules).map((v) => `${v.rule}  ${v.where}  ${v.what}`)).toEqual([])
})
