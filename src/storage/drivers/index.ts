import type { EtcdStorageOptions } from './etcd/etcd.ts'
import { openMemoryStorage } from './memory/memory.ts'
import { openSqliteStorage } from './sqlite/sqlite.ts'

/** Every kind of store, by the name that options use. gRPC is loaded only where etcd is used. */
export const drivers = {
  memory: openMemoryStorage,
  sqlite: openSqliteStorage,
  etcd: async (options: EtcdStorageOptions) => (await import('./etcd/etcd.ts')).openEtcdStorage(options),
} as const
