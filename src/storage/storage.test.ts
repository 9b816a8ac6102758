import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

import { openMemoryStorage } from './drivers/memory/memory.ts'
import { openSqliteStorage } from './drivers/sqlite/sqlite.ts'
import { storageCases } from './storage.cases.ts'

const directory = mkdtempSync(join(tmpdir(), 'storage-cases-'))
afterAll(() => rmSync(directory, { recursive: true }))
let opened = 0

storageCases('memory', async (clock) => openMemoryStorage({ clock }))
storageCases('sqlite', (clock) => openSqliteStorage({ clock, directory: join(directory, String(opened++)) }))
// Hardly any window: nearly every read of the past and every watch from the past goes to the file.
storageCases('sqlite, history from the file', (clock) =>
  openSqliteStorage({ clock, directory: join(directory, String(opened++)), window: { bytesMax: 2 ** 20, countMax: 1 } }),
)
