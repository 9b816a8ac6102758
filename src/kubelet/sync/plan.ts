// The words in which it is decided what a pod needs next.

import type { Container, Pod } from '../../api/core/v1.ts'
import type { RuntimeContainer, RuntimePod } from '../runtime/runtime-pod.ts'

export type KillReason = 'Unknown' | 'StartupProbe' | 'LivenessProbe' | 'Changed' | 'Resize' | 'FailedPostStartHook'

export interface ContainerKill {
  readonly id: string
  readonly name: string
  readonly reason: KillReason
  /** For the Killing event. */
  readonly message: string
}

/** Probe results that decide about containers, by container id; undefined while none is known. */
export interface ProbeVerdicts {
  liveness(containerId: string): 'success' | 'failure' | undefined
  startup(containerId: string): 'success' | 'failure' | undefined
}

export interface PodActions {
  /** Stop everything, the sandbox included. With `createSandbox` a new one follows; without, the pod is over. */
  readonly killPod: boolean
  readonly createSandbox: boolean
  /** The sandbox to use; '' when there was none. */
  readonly sandboxId: string
  /** Number of the sandbox to create. */
  readonly attempt: number
  readonly kill: readonly ContainerKill[]
  /** Names, in the order to start them. */
  readonly startInit: readonly string[]
  readonly startEphemeral: readonly string[]
  readonly start: readonly string[]
  /** Running containers whose resources differ from the spec and can be changed in place. */
  readonly resize: readonly string[]
}

export interface ActionsInput {
  readonly pod: Pod
  readonly runtimePod: RuntimePod
  readonly probes: ProbeVerdicts
  /** How a running container's resources relate to the spec. */
  readonly resizeOf: (container: Container, running: RuntimeContainer) => 'none' | 'in-place' | 'restart'
}
