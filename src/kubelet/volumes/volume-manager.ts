// Makes a pod's volumes present on the node, keeps their contents current, and takes them away again.

import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Pod, Volume } from '../../api/core/v1.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { PodAddresses } from '../env/field-ref.ts'
import { value } from '../runtime/quantities.ts'
import { StartError } from '../runtime/start-errors.ts'
import { writeAtomically } from './atomic-writer.ts'
import { prepareHostPath } from './host-path.ts'
import { isMountPoint, mountsBelow, mountTmpfs, unmount } from './mounts.ts'
import { emptyIfMissing, makePodDirectory, podDirectory, subPathDirectory, volumeDirectory } from './pod-directory.ts'
import { payloadOf, type ProjectionSources } from './projection.ts'
import { prepareSubPath } from './sub-path.ts'

/** Finds the host path behind a persistentVolumeClaim. */
export type ClaimResolver = (pod: Pod, volume: Volume) => Promise<string>

export interface VolumeManagerOptions {
  readonly root: string
  readonly sources: ProjectionSources
  readonly claims: ClaimResolver
  readonly clock: Clock
  readonly logger: Logger
}

/** CVE-2024-10220, CVE-2025-1767: no volume makes the node run git. Upstream's words. */
const noGit = 'git-repo volume plugin has been disabled; if necessary, it may be re-enabled by enabling the feature-gate `GitRepoVolumeDriver`'

/** Volume name -> path on the node. */
export type MountedVolumes = ReadonlyMap<string, string>

export class VolumeManager {
  readonly #options: VolumeManagerOptions

  constructor(options: VolumeManagerOptions) {
    this.#options = options
  }

  /**
   * Makes every volume present; what is there already is only brought up to date. Safe to call again and again.
   * @throws {StartError} FailedMount; the others may have been made
   */
  async mount(pod: Pod, addresses: PodAddresses): Promise<MountedVolumes> {
    const { root } = this.#options
    await makePodDirectory(root, pod.metadata.uid)
    const mounted = new Map<string, string>()
    for (const volume of pod.spec.volumes ?? []) {
      const path = await this.#mountOne(pod, volume, addresses).catch((error: Error) => {
        throw new StartError('FailedMount', `MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${error.message}`, { cause: error })
      })
      if (path !== undefined) mounted.set(volume.name, path)
    }
    return mounted
  }

  /** A path within a mounted volume, safe against links that the containers may have planted. */
  async subPath(pod: Pod, volumePath: string, where: { readonly volume: string; readonly container: string; readonly index: number; readonly path: string }) {
    const { uid } = pod.metadata
    const target = join(subPathDirectory(this.#options.root, uid), where.volume, where.container, String(where.index))
    return prepareSubPath(volumePath, where.path, target)
  }

  /** Releases the binds of a container that is about to be started again, so that it sees files that were replaced. */
  async releaseSubPaths(uid: string, container: string): Promise<void> {
    const base = subPathDirectory(this.#options.root, uid)
    for (const volume of await readdir(base).catch(emptyIfMissing)) {
      for (const mount of await mountsBelow(join(base, volume, container))) await unmount(mount)
    }
  }

  /** Unmounts everything of a pod and removes its directory. @throws when a mount is still in use */
  async remove(uid: string): Promise<void> {
    const directory = podDirectory(this.#options.root, uid)
    for (const mount of await mountsBelow(directory)) await unmount(mount)
    // Never through a mount: a volume's files are not the kubelet's to delete.
    if ((await mountsBelow(directory)).length > 0) throw new Error(`volumes of pod ${uid} are still mounted`)
    await rm(directory, { recursive: true, force: true })
  }

  async #mountOne(pod: Pod, volume: Volume, addresses: PodAddresses): Promise<string | undefined> {
    if (volume.gitRepo) throw new Error(noGit)
    if (volume.hostPath) return prepareHostPath(volume.hostPath)
    if (volume.emptyDir) return this.#emptyDir(pod, volume, volume.emptyDir)
    if (volume.persistentVolumeClaim || volume.ephemeral) return this.#options.claims(pod, volume)
    if (volume.image) return undefined // mounted by the runtime
    const payload = await payloadOf(pod, volume, addresses, this.#options.sources)
    if (!payload) throw new StartError('FailedMount', `no volume plugin matched name: ${volume.name}`)
    const path = volumeDirectory(this.#options.root, pod.metadata.uid, pluginOf(volume), volume.name)
    await mkdir(path, { recursive: true, mode: 0o777 })
    // Secrets and tokens never touch a disk.
    if ((volume.secret || volume.projected) && !(await isMountPoint(path))) await mountTmpfs(path, { mode: 0o777 })
    const { fsGroup } = pod.spec.securityContext ?? {}
    await writeAtomically(path, payload, { nowMs: this.#options.clock.now(), fsGroup })
    return path
  }

  async #emptyDir(pod: Pod, { name }: Volume, { medium, sizeLimit }: NonNullable<Volume['emptyDir']>): Promise<string> {
    const path = volumeDirectory(this.#options.root, pod.metadata.uid, 'empty-dir', name)
    await mkdir(dirname(path), { recursive: true, mode: 0o750 })
    const made = await mkdir(path, { recursive: true })
    const memory = medium === 'Memory'
    if (memory && !(await isMountPoint(path))) await mountTmpfs(path, { mode: 0o777, ...(sizeLimit === undefined ? {} : { sizeBytes: value(sizeLimit) }) })
    else if (made === undefined) return path
    const { fsGroup } = pod.spec.securityContext ?? {}
    if (fsGroup !== undefined) await chown(path, 0, fsGroup)
    // Anybody may write, whatever the umask; new files inherit the group.
    await chmod(path, fsGroup === undefined ? 0o777 : 0o2777)
    return path
  }
}

function pluginOf({ configMap, secret, downwardAPI }: Volume): string {
  return configMap ? 'configmap' : secret ? 'secret' : downwardAPI ? 'downward-api' : 'projected'
}
