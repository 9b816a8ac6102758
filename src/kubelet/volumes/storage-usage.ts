// What a pod has on the node's disk: its containers' layers and logs, its emptyDirs, its hosts file.

import type { Dirent } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../../api/core/v1.ts'
import { podLogDirectory } from '../runtime/sandbox-config.ts'
import { hostsFilePath, volumeDirectory } from './pod-directory.ts'
import type { StorageUsage } from '../eviction/storage-limits.ts'

export interface StoragePlaces {
  readonly rootDirectory: string
  readonly logDirectory: string
  /** Bytes in a container's own layer, by name, as the runtime counts them. */
  readonly layers: ReadonlyMap<string, number>
}

/** More is not looked at: what a pod may have made must not keep the kubelet busy. */
const entriesMax = 100_000

export async function storageUsage(pod: Pod, { rootDirectory, logDirectory, layers }: StoragePlaces): Promise<StorageUsage> {
  const { uid } = pod.metadata
  const containers = new Map<string, number>()
  for (const { name } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    containers.set(name, (layers.get(name) ?? 0) + (await bytesBelow(join(podLogDirectory(logDirectory, pod), name))))
  }
  const volumes = new Map<string, number>()
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    if (emptyDir && emptyDir.medium !== 'Memory') volumes.set(name, await bytesBelow(volumeDirectory(rootDirectory, uid, 'empty-dir', name)))
  }
  return { containers, volumes, hosts: await bytesOf(hostsFilePath(rootDirectory, uid)) }
}

/** Bytes on disk of all files in a directory; links are not followed, and what goes away meanwhile counts nothing. */
async function bytesBelow(root: string): Promise<number> {
  const open = [root]
  /** Inodes with several names. */
  const counted = new Set<number>()
  let bytes = 0
  for (let seen = 0; seen < entriesMax;) {
    const directory = open.pop()
    if (directory === undefined) break
    for await (const entry of entriesOf(directory)) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) open.push(path)
      bytes += await bytesOf(path, counted)
      if (++seen === entriesMax) break
    }
  }
  return bytes
}

async function* entriesOf(directory: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(directory)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

async function bytesOf(path: string, counted?: Set<number>): Promise<number> {
  try {
    const { blocks, nlink, ino } = await lstat(path)
    if (nlink > 1 && counted?.has(ino)) return 0
    if (nlink > 1) counted?.add(ino)
    return blocks * 512
  } catch (error) {
    if (isGone(error)) return 0
    throw error
  }
}

/** Not there, no longer a directory, or deeper than a path can tell. */
const isGone = (error: unknown) => ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')
