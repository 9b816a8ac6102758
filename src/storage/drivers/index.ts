import { openMemoryStorage } from './memory/memory.ts'
import { openSqliteStorage } from './sqlite/sqlite.ts'

/** Every kind of store, by the name that options use. */
export const drivers = { memory: openMemoryStorage, sqlite: openSqliteStorage } as const
