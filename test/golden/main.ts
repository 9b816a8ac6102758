// node test/golden/main.ts --server URL --token T [--only TEXT] [--show N] [--write]: replays against a running server.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readScenarios, Replayer } from './replay.ts'

const { values: options } = parseArgs({
  options: {
    server: { type: 'string', default: 'https://127.0.0.1:6443' },
    token: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    show: { type: 'string', default: '20' },
    write: { type: 'boolean', default: false },
  },
})
const file = join(import.meta.dirname, 'differences.json')

/** Differences by reason, as they were; new ones under a heading that asks for one. */
function grouped(ids: readonly string[]): Record<string, string[]> {
  const before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>
  const reasonOf = (id: string) => Object.keys(before).find((reason) => before[reason]!.includes(id)) ?? 'Not explained yet'
  return Object.fromEntries(Map.groupBy(ids, reasonOf))
}

const replayer = new Replayer(options.server, options.token)
const scenarios = readScenarios(join(import.meta.dirname, 'scenarios')).filter((s) => `${s.file} ${s.name}`.includes(options.only))
const different: string[] = []
const perFile = new Map<string, { passed: number; failed: number }>()
let passed = 0
for (const scenario of scenarios) {
  for (const { id, title, differences } of await replayer.run(scenario)) {
    const counts = perFile.get(scenario.file) ?? { passed: 0, failed: 0 }
    perFile.set(scenario.file, counts)
    if (differences.length === 0) {
      counts.passed++
      passed++
      continue
    }
    counts.failed++
    different.push(id)
    if (different.length <= Number(options.show)) console.log(`✗ ${id} ${title}\n    ${differences.slice(0, 6).join('\n    ')}`)
  }
}
replayer.close()
for (const [file, { passed, failed }] of perFile) if (failed) console.log(`${file}: ${passed} of ${passed + failed}`)
if (options.write) writeFileSync(file, `${JSON.stringify(grouped(different), undefined, 1)}\n`)
console.log(`${passed} passed, ${different.length} failed`)
