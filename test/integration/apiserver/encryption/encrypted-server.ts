// A real API server over a store on disk, with encryption at rest, in this process.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { kmsIntervals } from '../../../../src/apiserver/encryption/kms/kms-provider.ts'
import { loadEncryption } from '../../../../src/apiserver/encryption/reload/load.ts'
import type { Client } from '../../../../src/client/client.ts'
import type { Transport } from '../../../../src/client/transport/transport.ts'
import { silentLogger } from '../../../../src/component-base/logger.ts'
import { drivers } from '../../../../src/storage/drivers/index.ts'
import type { SqliteStorage } from '../../../../src/storage/drivers/sqlite/sqlite.ts'
import { systemClock } from '../../../../src/util/clock.ts'
import { startApiServer } from '../../../support/api-server.ts'

export const newKey = (name: string) => ({ name, secret: randomBytes(32).toString('base64') })
export const identity = { identity: {} }

/** Files of one cluster: its store and its configuration. */
export class Files {
  readonly directory: string
  readonly configuration: string
  readonly store: string

  private constructor(directory: string) {
    this.directory = directory
    this.configuration = join(directory, 'encryption.yaml')
    this.store = join(directory, 'store')
  }

  static async make(): Promise<Files> {
    return new Files(await mkdtemp(join(tmpdir(), 'encryption-')))
  }

  /** Replaces the file as a careful editor does: at once. */
  async configure(...providers: readonly object[]): Promise<void> {
    await this.configureText(
      dump({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources: [{ resources: ['secrets', 'configmaps'], providers }] }),
    )
  }

  async configureText(text: string): Promise<void> {
    await writeFile(`${this.configuration}.new`, text, { mode: 0o600 })
    await rename(`${this.configuration}.new`, this.configuration)
  }

  /** Every byte of the store's files and of what lies beside them. */
  async everything(): Promise<Buffer> {
    const files = await readdir(this.directory, { recursive: true, withFileTypes: true })
    return Buffer.concat(await Promise.all(files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name)))))
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true })
  }

  /** The store without an API server. */
  async withStore<T>(use: (storage: SqliteStorage) => Promise<T>): Promise<T> {
    const storage = await drivers.sqlite({ directory: this.store, clock: systemClock })
    try {
      return await use(storage)
    } finally {
      await storage.close()
    }
  }
}

export interface EncryptedServer {
  readonly client: Client
  readonly transport: Transport
  /** What is in the store under `/registry/<key>`, as text. */
  stored(key: string): Promise<string>
  readonly storage: SqliteStorage
  metrics(): Promise<string>
  readonly stop: () => Promise<void>
}

/** Upstream's, a hundred times as fast. */
const kms = { ...kmsIntervals, unhealthyEveryMs: 100, unhealthyAnswerMs: 30, healthyAnswerMs: 200, reloadMsMin: 100 }

export async function startServer(files: Files, { encrypted = true }: { readonly encrypted?: boolean } = {}): Promise<EncryptedServer> {
  const storage = await drivers.sqlite({ directory: files.store, clock: systemClock })
  const loading = { path: files.configuration, reload: true, apiServerId: 'test', kms, clock: systemClock, logger: silentLogger }
  const { client, transport, stop } = await startApiServer({ storage, ...(encrypted ? { encryption: await loadEncryption(loading) } : {}) })
  return {
    client,
    transport,
    storage,
    stored: async (key) => Buffer.from((await storage.get(`/registry/${key}`))?.value ?? []).toString('latin1'),
    metrics: () => get(transport, '/metrics'),
    stop,
  }
}

export async function get(transport: Transport, path: string): Promise<string> {
  const response = await transport.request({ method: 'GET', path, headers: {} })
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
