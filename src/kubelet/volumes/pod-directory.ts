// Where a pod's files live below the kubelet's root directory: upstream's layout.
//   pods/<uid>/volumes/<plugin>/<name>        what containers mount
//   pods/<uid>/volume-subpaths/<name>/<container>/<n>   bind mounts of subPaths
//   pods/<uid>/containers/<container>/<hash>  termination messages
//   pods/<uid>/etc-hosts

import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

export const podDirectory = (root: string, uid: string) => join(root, 'pods', uid)
export const volumeDirectory = (root: string, uid: string, plugin: string, name: string) =>
  join(podDirectory(root, uid), 'volumes', `kubernetes.io~${plugin}`, name)
export const subPathDirectory = (root: string, uid: string) => join(podDirectory(root, uid), 'volume-subpaths')
export const containerDirectory = (root: string, uid: string, container: string) => join(podDirectory(root, uid), 'containers', container)
export const hostsFilePath = (root: string, uid: string) => join(podDirectory(root, uid), 'etc-hosts')

export async function makePodDirectory(root: string, uid: string): Promise<void> {
  await mkdir(join(podDirectory(root, uid), 'volumes'), { recursive: true, mode: 0o750 })
}

/** Uids of all pods that have files here. */
export async function podsOnDisk(root: string): Promise<readonly string[]> {
  return readdir(join(root, 'pods')).catch(emptyIfMissing)
}

export function emptyIfMissing(error: NodeJS.ErrnoException): [] {
  if (error.code !== 'ENOENT') throw error
  return []
}
