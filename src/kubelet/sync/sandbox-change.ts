import type { Pod } from '../../api/core/v1.ts'
import type { RuntimePod } from '../runtime/runtime-pod.ts'

export interface SandboxChange {
  /** A new sandbox is needed. */
  readonly changed: boolean
  /** The number that a new sandbox gets. */
  readonly attempt: number
  readonly sandboxId: string
}

/** @see Kubernetes 1.36 pkg/kubelet/kuberuntime/util/util.go (PodSandboxChanged) */
export function sandboxChange(pod: Pod, { sandboxes }: RuntimePod): SandboxChange {
  const [newest] = sandboxes
  if (!newest) return { changed: true, attempt: 0, sandboxId: '' }
  const attempt = newest.attempt + 1
  if (!newest.ready || sandboxes.filter((s) => s.ready).length > 1) return { changed: true, attempt, sandboxId: newest.id }
  const hostNetwork = pod.spec.hostNetwork ?? false
  if (newest.hostNetwork !== hostNetwork) return { changed: true, attempt, sandboxId: '' }
  if (!hostNetwork && newest.ips.length === 0) return { changed: true, attempt, sandboxId: newest.id }
  return { changed: false, attempt: newest.attempt, sandboxId: newest.id }
}
