// Dead containers, sandboxes, pod directories and logs that nobody needs any more.
// Source: Kubernetes 1.36 pkg/kubelet/kuberuntime/kuberuntime_gc.go.

import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import { isNotFound } from '../../cri/errors.ts'
import type { Pleg } from '../pleg/pleg.ts'
import { isRunning, type RuntimePod } from '../runtime/runtime-pod.ts'
import { removeLogDirectories, removeLogFile } from '../server/log-files.ts'
import { podsOnDisk } from '../volumes/pod-directory.ts'
import type { VolumeManager } from '../volumes/volume-manager.ts'

export interface GarbageInput {
  readonly runtime: Pick<RuntimeClient, 'removeContainer' | 'removePodSandbox'>
  readonly pleg: Pick<Pleg, 'all' | 'refresh'>
  readonly volumes: Pick<VolumeManager, 'remove'>
  readonly rootDirectory: string
  readonly logDirectory: string
  /** The API server or a pod worker knows the pod. */
  readonly known: (uid: string) => boolean
  readonly logger: Logger
}

/** Upstream's minimum age is 0 and it keeps one dead instance per container: for its log and its last state. */
const deadKept = 1

export async function collectGarbage({ runtime, pleg, volumes, rootDirectory, logDirectory, known, logger }: GarbageInput): Promise<void> {
  const gone = (error: unknown) => {
    if (!isNotFound(error)) throw error
  }
  for (const pod of pleg.all()) {
    const { containers, sandboxes } = garbageOf(pod, known(pod.uid))
    for (const { id, logPath } of containers) {
      await runtime.removeContainer({ containerId: id }).catch(gone)
      await removeLogFile(logPath)
    }
    for (const id of sandboxes) await runtime.removePodSandbox({ podSandboxId: id }).catch(gone)
    if (containers.length + sandboxes.length > 0) await pleg.refresh(pod.uid)
  }
  const present = new Set(pleg.all().map((p) => p.uid))
  const needed = (uid: string) => known(uid) || present.has(uid)
  for (const uid of await podsOnDisk(rootDirectory)) {
    if (needed(uid)) continue
    await volumes.remove(uid)
    logger.info('Cleaned up the directory of a pod that is gone', { uid })
  }
  await removeLogDirectories(logDirectory, needed)
}

/** What of a pod can go: nothing that runs, and of a known pod not the newest sandbox and dead instance. */
export function garbageOf(pod: RuntimePod, known: boolean): { containers: readonly { id: string; logPath: string }[]; sandboxes: readonly string[] } {
  if (!known) return isRunning(pod) ? { containers: [], sandboxes: [] } : { containers: pod.containers, sandboxes: pod.sandboxes.map((s) => s.id) }
  const names = new Set(pod.containers.map((c) => c.name))
  const dead = [...names].flatMap((name) => pod.containers.filter((c) => c.name === name && c.state === 'exited').slice(deadKept))
  const [, ...older] = pod.sandboxes
  return { containers: dead, sandboxes: older.filter((s) => !s.ready).map((s) => s.id) }
}
