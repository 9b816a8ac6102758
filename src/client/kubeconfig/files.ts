import { readFileSync } from 'node:fs'
import { chown, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { dump, load } from 'js-yaml'
import { type Clock, systemClock } from '../../util/clock.ts'
import { emptyKubeconfig, mergeKubeconfigs } from './merge.ts'
import type { Kubeconfig } from './types.ts'

/** Where kubeconfig comes from and goes to. Source: clientcmd's loading rules. */
export interface KubeconfigLocation {
  /** `--kubeconfig`: only this file. */
  readonly explicit?: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Default: the home directory of the person, under sudo of the one who called sudo. */
  readonly home?: string
}

/** A file that cannot be read as kubeconfig, or is locked by someone else. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
}

/** Another program holds the lock for milliseconds; client-go gives up at once, we wait a little. */
const lockAttemptsMax = 20
const lockRetryMs = 50

export function kubeconfigPaths({ explicit, env, home = homeOf(env) }: KubeconfigLocation): readonly string[] {
  if (explicit) return [resolve(explicit)]
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean)
  return listed.length ? [...new Set(listed)] : [join(home, '.kube', 'config')]
}

/** The merge of all files; missing files count as empty. @throws {KubeconfigError} */
export async function loadKubeconfig(location: KubeconfigLocation): Promise<Kubeconfig> {
  const configs = await Promise.all(
    kubeconfigPaths(location).map(async (path) => {
      const config = await readKubeconfig(path)
      return config && withAbsolutePaths(config, dirname(path))
    }),
  )
  return mergeKubeconfigs(configs.filter((config) => config !== undefined))
}

/** The file to change: the first that exists, else the last of the list. */
export async function writablePath(location: KubeconfigLocation): Promise<string> {
  const paths = kubeconfigPaths(location)
  for (const path of paths) if (await exists(path)) return path
  return paths.at(-1)!
}

/** @returns undefined when there is no such file. @throws {KubeconfigError} */
export async function readKubeconfig(path: string): Promise<Kubeconfig | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new KubeconfigError(`cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
  let value: unknown
  try {
    value = text.trim() ? load(text) : {}
  } catch (cause) {
    throw new KubeconfigError(`${path} is not valid YAML: ${(cause as Error).message}`, { cause })
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new KubeconfigError(`${path} is not a kubeconfig`)
  const config = value as Partial<Kubeconfig>
  return { ...config, apiVersion: 'v1', kind: 'Config', clusters: config.clusters ?? [], users: config.users ?? [], contexts: config.contexts ?? [] }
}

/**
 * Changes one file under client-go's lock (`<file>.lock`), atomically, through symbolic links, readable by its owner only. Under sudo
 * the file belongs to the person who called sudo.
 * @throws {KubeconfigError} when the file cannot be read or stays locked
 */
export async function changeKubeconfig(
  location: KubeconfigLocation,
  change: (config: Kubeconfig) => Kubeconfig,
  clock: Clock = systemClock,
): Promise<{ readonly path: string; readonly config: Kubeconfig }> {
  const path = await writablePath(location)
  const owner = ownerOf(location.env)
  await makeDirectory(dirname(path), owner)
  const unlock = await lock(`${path}.lock`, clock)
  try {
    const config = change((await readKubeconfig(path)) ?? emptyKubeconfig)
    await replaceFile(await targetOf(path), dump(config, { lineWidth: -1 }), owner)
    return { path, config }
  } finally {
    await unlock()
  }
}

/** Paths in a kubeconfig are relative to the file they stand in. */
function withAbsolutePaths(config: Kubeconfig, directory: string): Kubeconfig {
  const absolute = <E extends { readonly [member: string]: unknown }>(entry: E, members: readonly string[]): E => {
    const changed = members.flatMap((member) => (typeof entry[member] === 'string' && entry[member] ? [[member, resolve(directory, entry[member])]] : []))
    return { ...entry, ...Object.fromEntries(changed) }
  }
  return {
    ...config,
    clusters: config.clusters.map((entry) => ({ ...entry, cluster: absolute(entry.cluster, ['certificate-authority']) })),
    users: config.users.map((entry) => ({ ...entry, user: absolute(entry.user, ['client-certificate', 'client-key', 'tokenFile']) })),
  }
}

function homeOf(env: KubeconfigLocation['env']): string {
  const owner = ownerOf(env)
  if (!owner) return env['HOME'] || homedir()
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.split(':')[2] === String(owner.uid))
  return line?.split(':')[5] || homedir()
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

function ownerOf(env: KubeconfigLocation['env']): Owner | undefined {
  const uid = Number(env['SUDO_UID'])
  const gid = Number(env['SUDO_GID'])
  return process.getuid?.() === 0 && env['SUDO_UID'] && Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined
}

async function makeDirectory(path: string, owner: Owner | undefined): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o750 })
  if (!first || !owner) return
  for (let made = path; made.length >= first.length; made = dirname(made)) await chown(made, owner.uid, owner.gid)
}

async function lock(path: string, clock: Clock): Promise<() => Promise<void>> {
  for (let attempts = 1; ; attempts++) {
    try {
      await (await open(path, 'wx', 0o600)).close()
      return () => rm(path, { force: true })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw new KubeconfigError(`cannot lock ${path}: ${(cause as Error).message}`, { cause })
      if (attempts === lockAttemptsMax)
        throw new KubeconfigError(`${path} exists: another program is changing the file, or died doing so (then delete it)`, { cause })
      await clock.sleep(lockRetryMs)
    }
  }
}

/** What a symbolic link points to, so that the link survives. */
async function targetOf(path: string): Promise<string> {
  return (await exists(path)) ? realpath(path) : path
}

async function replaceFile(path: string, text: string, owner: Owner | undefined): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  const kept = owner ?? (await stat(path).catch(() => undefined))
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(text)
    if (kept && process.getuid?.() === 0) await file.chown(kept.uid, kept.gid)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
