// Control groups in their three layouts: v1 (a hierarchy per controller), v2 (one for all), and hybrid (v1 plus an empty v2).
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../util/clock.ts'

export interface Hierarchy {
  readonly version: 1 | 2
  readonly mountPoint: string
  /** Options that mount the same hierarchy again: `memory`, `cpu,cpuacct`, `none,name=systemd`; empty for v2. */
  readonly options: string
}

/** The cgroup hierarchies in a `/proc/self/mountinfo`, each once. */
export function hierarchiesIn(mountinfo: string): Hierarchy[] {
  const byMountPoint = new Map<string, Hierarchy>()
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ')
    const mountPoint = before?.split(' ')[4]
    const [type, , superOptions] = after?.split(' ') ?? []
    if (!mountPoint || (type !== 'cgroup' && type !== 'cgroup2')) continue
    byMountPoint.set(
      mountPoint,
      type === 'cgroup2' ? { version: 2, mountPoint, options: '' } : { version: 1, mountPoint, options: controllersOf(superOptions!) },
    )
  }
  return [...byMountPoint.values()]
}

function controllersOf(superOptions: string): string {
  const words = superOptions.split(',').filter((word) => !['rw', 'ro', 'xattr'].includes(word) && !word.startsWith('release_agent='))
  return words.some((word) => word.startsWith('name=')) ? ['none', ...words].join(',') : words.join(',')
}

export const readHierarchies = (): Hierarchy[] => hierarchiesIn(readFileSync('/proc/self/mountinfo', 'utf8'))

/** Every cgroup of this program lies below it. */
const root = 'coxswain'
export const clusterCgroup = (clusterId: string): string => `${root}/${clusterId}`
export const nodeCgroup = (clusterId: string, node: string): string => `${root}/${clusterId}/${node}`

/** The leaf for a node's own processes: in v2 only leaves may have any, and pods get siblings of it. */
const systemLeaf = 'system'

/** The directories a process of the node joins by writing its pid into their `cgroup.procs`. */
export function nodeSystemCgroups(hierarchies: readonly Hierarchy[], path: string): string[] {
  return hierarchies.map(({ mountPoint }) => join(mountPoint, path, systemLeaf))
}

/** Makes a node's cgroup in every hierarchy, ready to be the root of a cgroup namespace. */
export function makeNodeCgroup(hierarchies: readonly Hierarchy[], path: string): void {
  for (const hierarchy of hierarchies) {
    makeUsable(hierarchy, path)
    makeUsable(hierarchy, join(path, systemLeaf))
  }
}

function makeUsable(hierarchy: Hierarchy, path: string): void {
  if (path === '.') return
  const parent = dirname(path)
  makeUsable(hierarchy, parent)
  const directory = join(hierarchy.mountPoint, path)
  // A node's own root may only hand on controllers once nothing runs in it: see settleNodeCgroup.
  if (hierarchy.version === 2 && !path.endsWith(`/${systemLeaf}`)) handOnControllers(dirname(directory))
  mkdirSync(directory, { recursive: true })
  if (hierarchy.version === 1 && hierarchy.options.split(',').includes('cpuset')) inheritCpuset(directory)
}

/** A new v1 cpuset allows no processor and no memory, and nothing can be put into it. */
function inheritCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (readFileSync(join(directory, file), 'utf8').trim() === '')
      writeFileSync(join(directory, file), readFileSync(join(dirname(directory), file), 'utf8').trim())
  }
}

/** Lets the children of a v2 cgroup use every controller it has, but for those that the kernel refuses (cpu beside real-time groups). */
function handOnControllers(directory: string): void {
  for (const controller of readFileSync(join(directory, 'cgroup.controllers'), 'utf8').match(/\S+/g) ?? []) {
    try {
      writeFileSync(join(directory, 'cgroup.subtree_control'), `+${controller}`)
    } catch (error) {
      if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code!)) throw error
    }
  }
}

/** Moves what the node was started with out of its root, so that in v2 the root can hand on its controllers to pods. */
export function settleNodeCgroup(hierarchies: readonly Hierarchy[], path: string): void {
  for (const hierarchy of hierarchies) {
    const directory = join(hierarchy.mountPoint, path)
    const processes = readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n')
    for (const pid of processes.filter((line) => line !== '')) writeFileSync(join(directory, systemLeaf, 'cgroup.procs'), pid)
    if (hierarchy.version === 2) handOnControllers(directory)
  }
}

/** How long the kernel may take to notice that the last process of a cgroup is gone. */
const removalTimeoutMs = 5_000
const removalPollMs = 20

/** Removes a cgroup with all below it from every hierarchy, and the common root when it was the last. Nothing may run in it. */
export async function removeCgroup(path: string, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + removalTimeoutMs
  for (const { mountPoint } of readHierarchies()) {
    while (!removeTree(join(mountPoint, path))) {
      if (clock.monotonic() >= deadline) throw new Error(`cgroup ${join(mountPoint, path)} is still in use`)
      await clock.sleep(removalPollMs)
    }
    removeEmpty(join(mountPoint, root))
  }
}

/** @returns false when some cgroup was still in use */
function removeTree(directory: string): boolean {
  let children: string[]
  try {
    children = readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
  return children.map((child) => removeTree(join(directory, child))).every(Boolean) && removeEmpty(directory)
}

function removeEmpty(directory: string): boolean {
  try {
    rmdirSync(directory)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return true
    if (code === 'EBUSY' || code === 'ENOTEMPTY') return false
    throw error
  }
}
