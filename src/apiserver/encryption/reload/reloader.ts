// Puts a changed configuration file in force without a restart; a bad one leaves the old one in force.
// Source: k8s.io/apiserver pkg/server/options/encryptionconfig/controller/controller.go.
import { parseConfiguration } from '../config/parse.ts'
import type { EncryptionAtRest } from '../encryption-at-rest.ts'
import { kmsIntervals } from '../kms/kms-provider.ts'
import { type BuildOptions, TransformerSet } from '../transformer-set.ts'
import { readConfiguration } from './configuration-file.ts'

export interface ReloadOptions {
  readonly path: string
  readonly encryption: Pick<EncryptionAtRest, 'replace'>
  /** Of the content that is in force at the start. */
  readonly hash: string
  readonly build: BuildOptions
}

const healthEveryMs = 100

export class Reloader {
  readonly #options: ReloadOptions
  #hash: string

  constructor(options: ReloadOptions) {
    this.#options = options
    this.#hash = options.hash
  }

  /** Reads the file again and puts it in force, unless it says the same. @throws {Error} for one that cannot be used: the old one stays */
  async reload(signal: AbortSignal): Promise<void> {
    const { metrics } = this.#options.build
    try {
      const hash = await loadIfChanged(this.#options, this.#hash, signal)
      if (hash === undefined) return
      this.#hash = hash
      metrics.configInForce(hash)
      metrics.reload('success')
    } catch (error) {
      if (!signal.aborted) metrics.reload('failure')
      throw error
    }
  }
}

/** @returns the hash of what is now in force; undefined when the content is the same. @throws {Error} */
async function loadIfChanged({ path, encryption, build }: ReloadOptions, hash: string, signal: AbortSignal): Promise<string | undefined> {
  const read = await readConfiguration(path)
  if (read.hash === hash) return undefined
  const set = new TransformerSet(parse(read.text, path), build)
  try {
    await set.start()
    await untilHealthy(set, build, signal)
  } catch (error) {
    await set.close()
    throw error
  }
  encryption.replace(set)
  return read.hash
}

function parse(text: string, path: string) {
  try {
    return parseConfiguration(text, { path, reload: true })
  } catch (cause) {
    throw new Error(`error while parsing file: ${(cause as Error).message}`, { cause })
  }
}

/** @throws {Error} when a plugin does not become healthy in time */
async function untilHealthy(set: TransformerSet, { clock, kms = kmsIntervals }: BuildOptions, signal: AbortSignal): Promise<void> {
  const endMs = clock.monotonic() + Math.max(kms.reloadMsMin, set.closeGraceMs)
  for (;;) {
    try {
      return await set.check()
    } catch (cause) {
      if (clock.monotonic() >= endMs) {
        throw new Error(`health check for new transformers failed, polling error context deadline exceeded: ${(cause as Error).message}`, { cause })
      }
      await clock.sleep(healthEveryMs, signal)
    }
  }
}
