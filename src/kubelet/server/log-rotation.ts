// Keeps container logs small. Source: Kubernetes 1.36 pkg/kubelet/logs/container_log_manager.go; differs: rotated files are not compressed.

import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { Clock } from '../../util/clock.ts'
import { emptyIfMissing } from '../volumes/pod-directory.ts'

export interface LogRotationOptions {
  readonly runtime: Pick<RuntimeClient, 'reopenContainerLog'>
  readonly clock: Clock
  readonly logger: Logger
  /** Containers that write. */
  readonly running: () => readonly { readonly id: string; readonly logPath: string }[]
  /** Upstream's containerLogMaxSize. */
  readonly bytesMax?: number
}

/** Upstream's containerLogMaxSize 10Mi, containerLogMaxFiles 5 (the current one included), containerLogMonitorInterval 10 s. */
const bytesMaxDefault = 10 * 1024 * 1024
const filesMax = 5
const checkMs = 10_000

/** Runs until `signal` aborts. */
export async function rotateLogs(options: LogRotationOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, running } = options
  while (!signal.aborted) {
    await clock.sleep(checkMs, signal).catch(() => {})
    if (signal.aborted) return
    for (const container of running()) {
      await rotateIfLarge(container, options).catch((error: unknown) => logger.error('Could not rotate a container log', error, { path: container.logPath }))
    }
  }
}

/** @returns whether it was large */
export async function rotateIfLarge(
  { id, logPath }: { readonly id: string; readonly logPath: string },
  { runtime, clock, bytesMax = bytesMaxDefault }: Pick<LogRotationOptions, 'runtime' | 'clock' | 'bytesMax'>,
): Promise<boolean> {
  const { size } = logPath === '' ? { size: 0 } : await stat(logPath).catch(() => ({ size: 0 }))
  if (size < bytesMax) return false
  const stamp = new Date(clock.now())
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '-')
  await rename(logPath, `${logPath}.${stamp}`)
  try {
    await runtime.reopenContainerLog({ containerId: id })
  } catch (error) {
    // The runtime still writes to the file: it gets its name back.
    await rename(`${logPath}.${stamp}`, logPath)
    throw error
  }
  const rotated = (await readdir(dirname(logPath)).catch(emptyIfMissing)).filter((name) => name.startsWith(`${basename(logPath)}.`)).toSorted()
  for (const name of rotated.slice(0, Math.max(0, rotated.length - (filesMax - 1)))) await rm(join(dirname(logPath), name), { force: true })
  return true
}
