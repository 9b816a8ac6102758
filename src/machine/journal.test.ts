import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { onTestFinished, expect, test } from 'vitest'
import { Journal, type Resource } from './journal.ts'

function journalPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'journal-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return join(directory, 'journal.jsonl')
}

const bridge: Resource = { kind: 'link', name: 'cox-a' }
const table: Resource = { kind: 'nft-table', name: 'coxswain_a' }

test('what was recorded is read again, each thing once, also by a later program', () => {
  const path = journalPath()
  const journal = new Journal(path)
  for (const resource of [bridge, table, bridge]) journal.record(resource)
  const later = new Journal(path)
  later.record(table)
  expect(later.read()).toEqual([bridge, table])
})

test('no file is an empty journal', () => expect(new Journal(journalPath()).read()).toEqual([]))

test('a line cut off by a crash names nothing that was made', () => {
  const path = journalPath()
  new Journal(path).record(bridge)
  appendFileSync(path, '{"kind":"li')
  expect(new Journal(path).read()).toEqual([bridge])
})
