// docs/conformance.md says what is tested where: it must stay true.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const lines = readFileSync(join(root, 'docs/conformance.md'), 'utf8').split('\n')
const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

/** Of the sections: the test of the suite, and what shows that it passes. */
const rows = lines
  .slice(lines.findIndex((line) => line.startsWith('## ')))
  .filter((line) => /^\| (?!test \|)/.test(line))
  .map(cellsOf) as [string, string][]

const howOf = (shown: string) => (shown.startsWith('test/') ? 'a test' : shown.startsWith('needs ') ? 'needs ...' : shown)

test('the counts are those of the rows', () => {
  const counts = lines
    .slice(
      0,
      lines.findIndex((line) => line.startsWith('## ')),
    )
    .filter((line) => line.startsWith('| '))
    .map(cellsOf)
    .slice(1)
  for (const [how, count] of counts)
    expect([how, Number(count)]).toEqual([how, how === 'all' ? rows.length : rows.filter(([, shown]) => howOf(shown) === how).length])
})

test('what is named is there', () => {
  for (const [, shown] of rows.filter(([, file]) => file.startsWith('test/'))) expect([shown, existsSync(join(root, shown))]).toEqual([shown, true])
})

/** Files whose tests, or those of the files beside them, are named as upstream's. */
const named = ['jobs', 'apps', 'webhook'].map((name) => `test/integration/conformance/${name}.test.ts`)

test('tests that are named as upstream’s exist', () => {
  for (const [name, shown] of rows) {
    const beside = shown.startsWith('test/e2e/conformance/') ? readdirSync(join(root, dirname(shown))).map((file) => join(dirname(shown), file)) : []
    const files = named.includes(shown) ? [shown] : beside
    if (files.length === 0) continue
    // Rows of families are put together from parts; the family is there.
    const wanted = shown.endsWith('containers.test.ts') ? name.split(',')[0]! : name
    expect([name, files.some((file) => readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'").includes(wanted))]).toEqual([name, true])
  }
})
