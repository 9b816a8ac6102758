// Whether a container is to run again. Source: Kubernetes 1.36 pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted).

import type { Container, ContainerRestartRule, Pod } from '../../api/core/v1.ts'
import type { RuntimeContainer } from '../runtime/runtime-pod.ts'

/** A sidecar: an init container that keeps running beside the others. */
export const isSidecar = (container: Container) => container.restartPolicy === 'Always'

export const podRestartsOnFailure = (pod: Pod) => pod.spec.restartPolicy !== 'Never'

/** @param latest the newest instance, if there ever was one */
export function shouldRestart(container: Container, pod: Pod, latest: RuntimeContainer | undefined): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  if (!latest) return true
  if (latest.state === 'running') return false
  // Unknown: may or may not run, so it is killed first. Created: its start failed half way.
  if (latest.state !== 'exited') return true
  return restartsAfterExit(container, pod, latest.exitCode)
}

/** By the container's rules, then its own policy, then the pod's. */
export function restartsAfterExit(container: Container, pod: Pod, exitCode: number): boolean {
  if (container.restartPolicyRules?.some((rule) => matches(rule, exitCode))) return true
  switch (container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always') {
    case 'Never':
      return false
    case 'OnFailure':
      return exitCode !== 0
    default:
      return true
  }
}

function matches({ action, exitCodes }: ContainerRestartRule, exitCode: number): boolean {
  if (action !== 'Restart' || !exitCodes) return false
  const listed = exitCodes.values?.includes(exitCode) ?? false
  return exitCodes.operator === 'In' ? listed : exitCodes.operator === 'NotIn' && !listed
}
