// Nodes lay their own folders over the machine's (/var/lib/kubelet and so on) inside their mount namespaces. The folder beneath must
// exist on the host; where it did not, it is made, marked, and removed with the last cluster that uses it.
import { mkdirSync, readdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const markFile = '.made-by-coxswain'

export function makeMountPoint(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT') throw error
    makeMountPoint(dirname(path))
    return makeMountPoint(path)
  }
  writeFileSync(join(path, markFile), '')
}

/** Removing a folder would tear a mount on it out of every other mount namespace, so those in use stay. */
function mountPointsInUse(): Set<string> {
  const used = new Set<string>()
  const seen = new Set<string>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const text = readFileSync(`/proc/${entry}/mountinfo`, 'utf8')
      if (seen.has(text)) continue
      seen.add(text)
      for (const line of text.split('\n')) used.add(line.split(' ')[4] ?? '')
    } catch {
      // It ended meanwhile, and its mounts with it.
    }
  }
  return used
}

/** Removes those of `paths`, and of the folders above them, that {@link makeMountPoint} made and that nobody uses. */
export function removeMountPoints(paths: readonly string[]): void {
  const used = mountPointsInUse()
  for (let path of paths) {
    while (!used.has(path) && isOnlyMarked(path)) {
      rmSync(join(path, markFile))
      rmdirSync(path)
      path = dirname(path)
    }
  }
}

function isOnlyMarked(path: string): boolean {
  try {
    const entries = readdirSync(path)
    return entries.length === 1 && entries[0] === markFile
  } catch (error) {
    // What this user may not even look into, somebody else has made.
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code!)) return false
    throw error
  }
}
