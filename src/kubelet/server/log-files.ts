import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { emptyIfMissing } from '../volumes/pod-directory.ts'

/** Removes a container's log and its rotated predecessors. */
export async function removeLogFile(path: string): Promise<void> {
  if (path === '') return
  const slash = path.lastIndexOf('/')
  const directory = path.slice(0, slash)
  const name = path.slice(slash + 1)
  for (const file of await readdir(directory).catch(emptyIfMissing))
    if (file === name || file.startsWith(`${name}.`)) await rm(join(directory, file), { force: true })
}

/** Removes the log directories `<namespace>_<name>_<uid>` of pods that are not needed any more. */
export async function removeLogDirectories(root: string, needed: (uid: string) => boolean): Promise<void> {
  for (const name of await readdir(root).catch(emptyIfMissing)) {
    const uid = name.slice(name.lastIndexOf('_') + 1)
    if (!needed(uid)) await rm(join(root, name), { recursive: true, force: true })
  }
}
