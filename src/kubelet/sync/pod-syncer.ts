// One step of a pod's life: read, decide, act, report. Pod workers call it; it remembers nothing of a pod.

import type { Pod, PodStatus } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import { isNotFound } from '../../cri/errors.ts'
import type { Clock } from '../../util/clock.ts'
import type { ImageManager } from '../images/image-manager.ts'
import type { Pleg } from '../pleg/pleg.ts'
import type { ProbeManager } from '../probes/probe-manager.ts'
import type { PodCgroups } from '../machine/pod-cgroups.ts'
import { resizeOf } from '../runtime/resources.ts'
import { isRunning, podIPs, type RuntimePod } from '../runtime/runtime-pod.ts'
import { messageOf } from '../runtime/start-errors.ts'
import { generateStatus } from '../status/generate.ts'
import type { StatusManager } from '../status/status-manager.ts'
import type { ObjectGetter } from '../volumes/object-getter.ts'
import type { ServiceAccountTokens } from '../volumes/service-account-tokens.ts'
import type { MountedVolumes, VolumeManager } from '../volumes/volume-manager.ts'
import { computePodActions } from './actions.ts'
import type { ContainerKiller } from './container-killer.ts'
import type { Executor } from './execute.ts'
import type { StartFailures } from './start-failures.ts'

export interface PodSyncerOptions {
  readonly runtime: Pick<RuntimeClient, 'removeContainer' | 'removePodSandbox'>
  readonly pleg: Pleg
  readonly probes: ProbeManager
  readonly statuses: StatusManager
  readonly executor: Executor
  readonly killer: ContainerKiller
  readonly volumes: VolumeManager
  readonly objects: ObjectGetter
  readonly tokens: ServiceAccountTokens
  readonly images: ImageManager
  readonly failures: StartFailures
  readonly cgroups: PodCgroups
  readonly recorder: EventRecorder
  readonly clock: Clock
  readonly logger: Logger
  readonly runtimeName: string
  readonly hostIPs: readonly string[]
}

export interface Failure {
  readonly reason: string
  readonly message: string
  /** The node's doing, not the pod's: shown as the condition DisruptionTarget. */
  readonly disruption?: boolean
}

export interface SyncOutcome {
  /** The pod has come to its end by itself: terminate it. */
  readonly terminal: boolean
  readonly failure?: Failure
  readonly retryAfterMs?: number
}

export class PodSyncer {
  readonly #options: PodSyncerOptions

  constructor(options: PodSyncerOptions) {
    this.#options = options
  }

  /** Brings a living pod one step nearer to its spec. */
  async sync(pod: Pod, signal: AbortSignal): Promise<SyncOutcome> {
    const { pleg, probes, executor, statuses, cgroups } = this.#options
    const { uid } = pod.metadata
    const deadline = this.#deadline(pod)
    if (deadline === 'passed') {
      const failure = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
      return { terminal: true, failure }
    }
    const before = this.#report(pod, pleg.get(uid), false)
    if (before.phase === 'Succeeded' || before.phase === 'Failed') return { terminal: true }

    await cgroups.ensure(pod)
    const volumes = await this.#mountVolumes(pod)
    probes.add(pod)
    const runtimePod = pleg.get(uid)
    const actions = computePodActions({ pod, runtimePod, probes, resizeOf: (container, running) => resizeOf(container, running.resources) })
    const { retryAfterMs } = await executor.execute({ pod, runtimePod, actions, volumes }, signal).finally(() => pleg.refresh(uid))
    await cgroups.ensure(pod)
    const after = this.#report(pod, pleg.get(uid), false)
    const waits = [retryAfterMs, deadline].filter((ms) => ms !== undefined)
    const terminal = after.phase === 'Succeeded' || after.phase === 'Failed'
    if (terminal) statuses.recheck(uid)
    return { terminal, ...(waits.length > 0 ? { retryAfterMs: Math.min(...waits) } : {}) }
  }

  /** Stops everything of the pod. Resolves when nothing of it runs any more. */
  async terminate(
    pod: Pod,
    { graceSeconds, failure }: { readonly graceSeconds: number | undefined; readonly failure?: Failure | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const { pleg, probes, killer } = this.#options
    const { uid } = pod.metadata
    this.#report(pod, pleg.get(uid), false, failure)
    probes.stopLivenessAndStartup(uid)
    const runtimePod = await pleg.refresh(uid)
    await killer.killPod(pod, runtimePod, { graceSeconds }, signal)
    const after = await pleg.refresh(uid)
    if (after.containers.some((c) => c.state === 'running')) throw new Error(`detected running containers after a successful KillPod: ${keyOf(pod)}`)
    await probes.remove(uid)
    this.#report(pod, after, true, failure)
  }

  /** After termination: the final status, and nothing left of the pod on the node but its exited containers and logs. */
  async finish(pod: Pod, failure?: Failure): Promise<void> {
    const { pleg, volumes, objects, tokens, images, failures, statuses, cgroups } = this.#options
    const { uid } = pod.metadata
    const last = this.#report(pod, pleg.get(uid), true, failure)
    await volumes.remove(uid)
    await cgroups.remove(uid)
    await objects.release(uid)
    tokens.forget(uid)
    images.forget(uid)
    failures.forget(uid)
    statuses.finish(pod)
    this.#options.logger.debug('Pod is terminated', { pod: keyOf(pod), phase: last.phase })
  }

  /** A pod in the runtime that the API server does not know: gone while the kubelet was away. */
  async terminateOrphan(runtimePod: RuntimePod, signal: AbortSignal): Promise<void> {
    const { killer, pleg, volumes, cgroups, logger } = this.#options
    const { uid, namespace, name } = runtimePod
    logger.info('Cleaning up a pod that is not known any more', { pod: `${namespace}/${name}`, uid })
    await killer.killPod(undefined, runtimePod, {}, signal)
    await this.removeFromRuntime(await pleg.refresh(uid))
    await volumes.remove(uid)
    await cgroups.remove(uid)
  }

  /** Removes a pod's exited containers and stopped sandboxes. */
  async removeFromRuntime(runtimePod: RuntimePod): Promise<void> {
    const { runtime, pleg } = this.#options
    const gone = (error: unknown) => {
      if (!isNotFound(error)) throw error
    }
    if (isRunning(runtimePod)) return
    for (const { id } of runtimePod.containers) await runtime.removeContainer({ containerId: id }).catch(gone)
    for (const { id } of runtimePod.sandboxes) await runtime.removePodSandbox({ podSandboxId: id }).catch(gone)
    await pleg.refresh(runtimePod.uid)
  }

  /** Refuses a pod before anything of it was made. */
  reject(pod: Pod, { reason, message }: Failure): void {
    const { recorder, statuses } = this.#options
    recorder.event(pod, 'Warning', reason, message)
    const { generation } = pod.metadata
    statuses.set(pod, {
      ...pod.status,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      phase: 'Failed',
      reason,
      message: `Pod was rejected: ${message}`,
    })
  }

  #report(pod: Pod, runtimePod: RuntimePod, terminal: boolean, failure?: Failure): PodStatus {
    const { statuses, failures, probes, runtimeName, hostIPs, clock } = this.#options
    const { uid } = pod.metadata
    const status = generateStatus({
      pod,
      runtimePod,
      previous: statuses.get(uid) ?? pod.status,
      startFailure: (container) => failures.get(uid, container),
      readiness: probes.readiness,
      runtimeName,
      hostIPs,
      nowMs: clock.now(),
      terminal,
      failure,
    })
    statuses.set(pod, status)
    return status
  }

  async #mountVolumes(pod: Pod): Promise<MountedVolumes> {
    const { volumes, pleg, recorder, hostIPs } = this.#options
    const runtimePod = pleg.get(pod.metadata.uid)
    const ips = pod.spec.hostNetwork ? hostIPs : podIPs(runtimePod)
    try {
      return await volumes.mount(pod, { podIPs: ips, hostIPs })
    } catch (error) {
      recorder.event(pod, 'Warning', 'FailedMount', messageOf(error))
      throw error
    }
  }

  /** Milliseconds to the pod's deadline; undefined without one. */
  #deadline({ spec, status, metadata }: Pod): number | 'passed' | undefined {
    if (spec.activeDeadlineSeconds === undefined) return undefined
    const startTime = this.#options.statuses.get(metadata.uid)?.startTime ?? status?.startTime
    const startMs = startTime ? Date.parse(startTime) : this.#options.clock.now()
    const leftMs = startMs + spec.activeDeadlineSeconds * 1000 - this.#options.clock.now()
    return leftMs <= 0 ? 'passed' : leftMs
  }
}
