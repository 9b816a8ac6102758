// Puts a changed configuration file in force without a restart; a bad one leaves the old one in force.
// Source: k8s.io/apiserver pkg/server/options/encryptionconfig/controller/controller.go.
import type { Logger } from '../../../component-base/logger.ts'
import type { Clock } from '../../../util/clock.ts'
import { parseConfiguration } from '../config/parse.ts'
import type { EncryptionAtRest } from '../encryption-at-rest.ts'
import type { EncryptionMetrics } from '../encryption-metrics.ts'
import { type BuildOptions, TransformerSet } from '../transformer-set.ts'
import { readConfiguration, watchConfiguration } from './configuration-file.ts'

export interface ReloadOptions {
  readonly path: string
  readonly encryption: Pick<EncryptionAtRest, 'replace'>
  /** Of the content that is in force at the start. */
  readonly hash: string
  readonly build: BuildOptions
  readonly metrics: EncryptionMetrics
  readonly clock: Clock
  readonly logger: Logger
}

/** Events of one change come together; a writer may need several steps. */
const settleMs = 100
/** A look without an event, for filesystems that send none: upstream's only way, and its interval. */
const lookEveryMs = 60_000
/** After a failure the file is read again, later each time. */
const retryMsFirst = 1000
/** How long new KMS plugins may take to become healthy, at least; upstream's. */
const healthMsMin = 10_000
const healthEveryMs = 100

/** Runs until `signal` aborts. Never rejects for what is wrong with the file. */
export async function runReload(options: ReloadOptions, signal: AbortSignal): Promise<void> {
  const { path, clock, logger, metrics } = options
  let wake = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => wake.resolve(), { once: true })
  const stopWatching = await watchConfiguration(path, () => wake.resolve()).catch((error: unknown) => {
    logger.error('The folder of the encryption configuration cannot be watched; it is looked at once a minute', error, { path })
    return () => {}
  })
  let { hash } = options
  let failures = 0
  try {
    while (!signal.aborted) {
      const waitMs = failures === 0 ? lookEveryMs : Math.min(lookEveryMs, retryMsFirst * 2 ** (failures - 1))
      const timer = clock.after(waitMs, () => wake.resolve())
      await wake.promise
      timer.cancel()
      await clock.sleep(settleMs, signal)
      wake = Promise.withResolvers()
      try {
        const loaded = await loadIfChanged(options, hash, signal)
        failures = 0
        if (!loaded) continue
        hash = loaded
        metrics.configInForce(hash)
        metrics.reload('success')
        logger.info('Encryption configuration has been reloaded', { path })
      } catch (error) {
        if (signal.aborted) return
        failures++
        metrics.reload('failure')
        logger.error('The encryption configuration cannot be reloaded; the old one stays in force', error, { path })
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    stopWatching()
  }
}

/** @returns the hash of what is now in force; undefined when the content is the same. @throws {Error} */
async function loadIfChanged({ path, encryption, build }: ReloadOptions, hash: string, signal: AbortSignal): Promise<string | undefined> {
  const read = await readConfiguration(path)
  if (read.hash === hash) return undefined
  const set = new TransformerSet(parse(read.text, path), build)
  try {
    await set.start()
    await untilHealthy(set, build.clock, signal)
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
async function untilHealthy(set: TransformerSet, clock: Clock, signal: AbortSignal): Promise<void> {
  const endMs = clock.monotonic() + Math.max(healthMsMin, set.closeGraceMs)
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
