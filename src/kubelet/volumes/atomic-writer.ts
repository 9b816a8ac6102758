// Replaces the contents of a volume at one instant, so that a reader sees either all old or all new files.
//
//   <volume>/..2026_01_31_10_20_30.123456789/   the files of one version
//   <volume>/..data -> ..2026_...               renamed over the old link: the switch
//   <volume>/<first path element> -> ..data/<first path element>
// Source: Kubernetes 1.36 pkg/volume/util/atomic_writer.go; same layout, so containers of an upstream kubelet carry on.

import { chmod, chown, lchown, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatMicroTime } from '../../util/clock.ts'
import type { Payload } from './payload.ts'
import { emptyIfMissing } from './pod-directory.ts'

const dataLink = '..data'
const newDataLink = '..data_tmp'

export interface WriteSettings {
  readonly nowMs: number
  /** The pod's fsGroup: files belong to it and are readable by it. */
  readonly fsGroup?: number | undefined
}

/** @returns false when the volume already has exactly these files @throws {RangeError} a path leaves the volume */
export async function writeAtomically(directory: string, payload: Payload, { nowMs, fsGroup }: WriteSettings): Promise<boolean> {
  for (const path of payload.keys()) checkPath(path)
  const previous = await readlink(join(directory, dataLink)).catch(() => undefined)
  const names = new Set([...payload.keys()].map((path) => path.split('/')[0]!))
  if (previous !== undefined && (await isCurrent(join(directory, previous), payload)) && (await hasLinks(directory, names))) return false

  const stamp = formatMicroTime(nowMs).replaceAll(/[-:T]/g, '_').slice(0, 19)
  const version = await mkdtemp(join(directory, `..${stamp}.`))
  await chmod(version, 0o755)
  for (const [path, file] of payload) {
    const target = join(version, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    await writeFile(target, file.data, { mode: file.mode })
    // The process's umask does not count, and a group that may read must be able to.
    await chmod(target, fsGroup === undefined ? file.mode : file.mode | 0o440)
    if (file.uid !== undefined || fsGroup !== undefined) await chown(target, file.uid ?? 0, fsGroup ?? 0)
  }
  if (fsGroup !== undefined) await chown(version, 0, fsGroup)
  await switchTo(directory, version.slice(directory.length + 1))
  for (const name of names) await link(directory, name)
  await removeStale(directory, names, previous)
  return true
}

/** Relative, no `..`, and not in the writer's own `..` namespace. */
function checkPath(path: string): void {
  const parts = path.split('/')
  if (
    path === '' ||
    path.startsWith('/') ||
    parts.some((part) => part === '' || part === '.' || part === '..') ||
    parts[0]!.startsWith('..') ||
    path.length > 4096
  )
    throw new RangeError(`invalid path: ${JSON.stringify(path)} must be relative, without '..' and must not start with '..'`)
}

async function isCurrent(version: string, payload: Payload): Promise<boolean> {
  const present = await filesIn(version)
  if (present.length !== payload.size) return false
  for (const [path, { data }] of payload) {
    if (!present.includes(path)) return false
    if (Buffer.compare(await readFile(join(version, path)), data) !== 0) return false
  }
  return true
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(emptyIfMissing)
  return entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name).slice(directory.length + 1))
}

async function hasLinks(directory: string, names: ReadonlySet<string>): Promise<boolean> {
  const present = new Set(await readdir(directory))
  return [...names].every((name) => present.has(name))
}

async function switchTo(directory: string, version: string): Promise<void> {
  const temporary = join(directory, newDataLink)
  await rm(temporary, { force: true })
  await symlink(version, temporary)
  await rename(temporary, join(directory, dataLink))
}

async function link(directory: string, name: string): Promise<void> {
  const path = join(directory, name)
  if (await lstat(path).catch(() => undefined)) return
  await symlink(join(dataLink, name), path)
  await lchown(path, 0, 0)
}

async function removeStale(directory: string, names: ReadonlySet<string>, previous: string | undefined): Promise<void> {
  for (const entry of await readdir(directory)) if (!entry.startsWith('..') && !names.has(entry)) await rm(join(directory, entry), { force: true })
  if (previous?.startsWith('..') && !previous.includes('/')) await rm(join(directory, previous), { recursive: true, force: true })
}
