// Which clusters there are, and where.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type ClusterRecord, ClusterRecordError, readClusterRecord } from '../../machine/cluster-record.ts'
import { clusterLayout, type ClusterLayout } from '../../machine/layout.ts'
import { startTicksOf } from '../../machine/processes.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { didYouMean } from '../io/suggestion.ts'

export const defaultClusterName = 'coxswain'

/** Sockets lie below the cluster's directory, and their paths are short: see check.ts. */
const nameLengthMax = 30

/** Where clusters are kept: for root below /var/lib, for others in their home. */
export function stateRoot(env: CliContext['env'], uid = process.getuid?.()): string {
  if (env['COX_STATE_DIR']) return env['COX_STATE_DIR']
  if (uid === 0) return '/var/lib/coxswain'
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'coxswain')
}

/**
 * The cluster that a command is about: the argument, else `COX_CLUSTER`, else `coxswain`.
 * @throws {CliError} for a name that cannot be one
 */
export function clusterName(name: string | undefined, env: CliContext['env']): string {
  const chosen = name ?? (env['COX_CLUSTER'] || defaultClusterName)
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(chosen) || chosen.length > nameLengthMax)
    throw new CliError(
      'usage',
      `"${chosen}" cannot name a cluster`,
      `use at most ${nameLengthMax} lower-case letters, digits and hyphens, with a letter or digit at both ends`,
    )
  return chosen
}

export function layoutOf(name: string | undefined, { env }: Pick<CliContext, 'env'>): ClusterLayout {
  return clusterLayout(stateRoot(env), clusterName(name, env))
}

/** @throws {CliError} when the record is there but not usable */
export function readRecord(layout: ClusterLayout): ClusterRecord | undefined {
  try {
    return readClusterRecord(layout)
  } catch (error) {
    if (error instanceof ClusterRecordError) throw new CliError('state', error.message, error.remedy, error)
    throw error
  }
}

export interface Cluster {
  readonly layout: ClusterLayout
  readonly record: ClusterRecord
}

/** @throws {CliError} when there is no such cluster */
export function openCluster(name: string | undefined, context: Pick<CliContext, 'env'>): Cluster {
  const layout = layoutOf(name, context)
  const record = readRecord(layout)
  if (record) return { layout, record }
  const others = clusterNames(context)
  const hint = others.length > 0 ? `these exist: ${others.join(', ')}` : 'make it with: cox up'
  throw new CliError('clusterUnknown', `there is no cluster "${layout.name}"${didYouMean(layout.name, others)}`, hint)
}

export function clusterNames({ env }: Pick<CliContext, 'env'>): string[] {
  const root = stateRoot(env)
  try {
    return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
      if (!entry.isDirectory()) return []
      return readdirSync(join(root, entry.name)).includes('cluster.json') ? [entry.name] : []
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    if (code === 'EACCES') throw new CliError('state', `${root} cannot be read`, 'run it as the user that made the clusters (often: with sudo)', error)
    throw error
  }
}

/**
 * Keeps two commands from changing one cluster at a time. Makes the cluster's directory if there is none.
 * @throws {CliError} when another command is at it
 */
export function lockCluster(layout: ClusterLayout): Disposable {
  try {
    mkdirSync(layout.directory, { recursive: true, mode: 0o711 })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST')
      throw new CliError('state', `${layout.directory} cannot be made: ${message}`, 'run it with sudo, or set COX_STATE_DIR to a folder of yours', cause)
    if (code === 'ENOSPC')
      throw new CliError('disk', `no space is left for ${layout.directory}`, 'free some space, or set COX_STATE_DIR to a folder on a larger disk', cause)
    throw cause
  }
  for (;;) {
    try {
      const file = openSync(layout.lock, 'wx', 0o600)
      writeSync(file, `${process.pid} ${startTicksOf(process.pid)}`)
      closeSync(file)
      return { [Symbol.dispose]: () => rmSync(layout.lock, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const [pid, startTicks] = readFileSync(layout.lock, 'utf8').split(' ')
      if (startTicks !== undefined && startTicksOf(Number(pid)) === startTicks)
        throw new CliError('clusterBusy', `another command (pid ${pid}) is changing cluster "${layout.name}"`, 'wait until it is done')
      // Its owner died without removing it.
      rmSync(layout.lock, { force: true })
    }
  }
}
