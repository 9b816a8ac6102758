// A subPath is chosen by a user, inside a volume that a container may be changing at the same time. So the path is never
// handed to the runtime: it is resolved, checked, opened element by element without following links, and the opened
// file is bind mounted through /proc. A link that is swapped in between is refused, not followed. (CVE-2017-1002101, CVE-2021-25741.)

import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, realpath, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConfigError } from '../runtime/start-errors.ts'
import { bindMount, isMountPoint } from './mounts.ts'

/** Opens for reference only: needs no permission on the file, works for sockets too. Node does not name it. */
const O_PATH = 0o10000000
const flags = O_PATH | constants.O_NOFOLLOW

export function checkSubPath(subPath: string): void {
  if (subPath.startsWith('/')) throw new ConfigError(`subPath ${JSON.stringify(subPath)} must not be an absolute path`)
  if (subPath.split('/').includes('..')) throw new ConfigError(`subPath ${JSON.stringify(subPath)} must not contain '..'`)
}

/** Makes the directory when nothing is there yet, like upstream; below a read-only volume it must exist. */
export async function prepareSubPath(volume: string, subPath: string, target: string): Promise<string> {
  checkSubPath(subPath)
  if (await isMountPoint(target)) return target
  const file = await openBeneath(volume, subPath)
  try {
    const source = `/proc/${process.pid}/fd/${file.fd}`
    const isDirectory = (await stat(`/proc/self/fd/${file.fd}`)).isDirectory()
    await mkdir(isDirectory ? target : dirname(target), { recursive: true, mode: 0o750 })
    if (!isDirectory) await writeFile(target, '', { flag: 'a' })
    await bindMount(source, target)
    return target
  } finally {
    await file.close()
  }
}

/** @returns a handle for reference only, the caller's to close @throws {ConfigError} the path, links resolved, leaves the volume or changes while it is being walked */
export async function openBeneath(volume: string, subPath: string): Promise<FileHandle> {
  const base = await realpath(volume)
  await makeMissing(base, subPath)
  const resolved = await realpath(join(base, subPath))
  if (resolved !== base && !resolved.startsWith(`${base}/`)) throw new ConfigError(`subpath ${JSON.stringify(subPath)} not within volume path ${volume}`)
  let current = await open(base, flags)
  for (const element of resolved.slice(base.length).split('/').filter(Boolean)) {
    const parent = current
    try {
      current = await open(`/proc/self/fd/${parent.fd}/${element}`, flags)
    } finally {
      await parent.close()
    }
    // O_PATH with O_NOFOLLOW opens a link itself instead of failing.
    if ((await current.stat()).isSymbolicLink()) {
      await current.close()
      throw new ConfigError(`subpath ${JSON.stringify(subPath)} contains a symbolic link that changed while it was resolved`)
    }
  }
  return current
}

/** Creates missing directories one by one below a handle that was opened without following links. */
async function makeMissing(base: string, subPath: string): Promise<void> {
  if (await stat(join(base, subPath)).catch(() => undefined)) return
  let current = await open(base, flags)
  try {
    for (const element of subPath.split('/').filter((e) => e !== '' && e !== '.')) {
      const path = `/proc/self/fd/${current.fd}/${element}`
      await mkdir(path, { mode: 0o777 & ~0o022 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
      // Follow links that exist: the result is checked against the volume by the caller.
      const next = await open(await realpath(path), flags)
      await current.close()
      current = next
      const reached = await realpath(`/proc/self/fd/${current.fd}`)
      if (reached !== base && !reached.startsWith(`${base}/`)) throw new ConfigError(`subpath ${JSON.stringify(subPath)} not within volume path ${base}`)
    }
  } finally {
    await current.close()
  }
}
