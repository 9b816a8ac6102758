// From the flags' values to encryption at rest that runs.
import type { Logger } from '../../../component-base/logger.ts'
import { watchFiles } from '../../../component-base/serving/watch-files.ts'
import type { Clock } from '../../../util/clock.ts'
import { parseConfiguration } from '../config/parse.ts'
import { EncryptionAtRest } from '../encryption-at-rest.ts'
import type { KmsIntervals } from '../kms/kms-provider.ts'
import { EncryptionMetrics } from '../encryption-metrics.ts'
import { TransformerSet } from '../transformer-set.ts'
import { readConfiguration } from './configuration-file.ts'
import { Reloader } from './reloader.ts'

export interface LoadOptions {
  /** --encryption-provider-config */
  readonly path: string
  /** --encryption-provider-config-automatic-reload */
  readonly reload: boolean
  /** Names this API server in metrics. */
  readonly apiServerId: string
  /** How often KMS plugins are asked; default: upstream's. */
  readonly kms?: KmsIntervals
  readonly clock: Clock
  readonly logger: Logger
}

export interface LoadedEncryption {
  readonly encryption: EncryptionAtRest
  readonly metrics: EncryptionMetrics
  /** Follows the file, if asked to, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Ends the connections to plugins. Nothing can be read or written with them afterwards. */
  close(): Promise<void>
}

/** Reads the file and asks each KMS plugin once. @throws {Error} in upstream's words, when the file cannot be used */
export async function loadEncryption({ path, reload, apiServerId, kms, clock, logger }: LoadOptions): Promise<LoadedEncryption> {
  const metrics = new EncryptionMetrics({ apiServerId, clock })
  // Before the file is read: what is written to it meanwhile is seen.
  const watch = watchFiles({ files: [path], changed: (signal) => reloader.reload(signal), clock, logger })
  const { text, hash } = await readConfiguration(path).catch((cause: unknown) => {
    throw new Error(`error while parsing file: ${(cause as Error).message}`, { cause })
  })
  const build = { clock, logger, metrics, ...(kms ? { kms } : {}) }
  const set = newSet()
  await set.start()
  metrics.configInForce(hash)
  const encryption = new EncryptionAtRest({ set, dynamic: reload, clock, logger })
  const reloader = new Reloader({ path, encryption, hash, build })
  return {
    encryption,
    metrics,
    run: (signal) => (reload ? watch.run(signal) : Promise.resolve()),
    close: () => encryption.close(),
  }

  function newSet(): TransformerSet {
    const configuration = describe('error while parsing file', () => parseConfiguration(text, { path, reload }))
    return describe('error while building transformers', () => new TransformerSet(configuration, build))
  }
}

function describe<T>(what: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new Error(`${what}: ${(cause as Error).message}`, { cause })
  }
}
