// Carries out pod actions. The order is upstream's: kill, sandbox, ephemeral, init, resize, regular containers.

import type { Container, Pod } from '../../api/core/v1.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { PodSandboxConfig } from '../../cri/generated/types.ts'
import { podNames } from '../runtime/dns.ts'
import { containerHash } from '../runtime/labels.ts'
import { linuxResources } from '../runtime/resources.ts'
import { latestContainer, podIPs, type RuntimePod } from '../runtime/runtime-pod.ts'
import { messageOf, StartError } from '../runtime/start-errors.ts'
import { about } from '../probes/probe-worker.ts'
import type { MountedVolumes } from '../volumes/volume-manager.ts'
import type { PodActions } from './plan.ts'
import type { ContainerKiller } from './container-killer.ts'
import type { ContainerStarter, PodContext } from './container-starter.ts'
import { type Backoff, formatDuration } from './crash-backoff.ts'
import type { StartFailures } from './start-failures.ts'

export interface ExecutorOptions {
  readonly runtime: Pick<RuntimeClient, 'runPodSandbox' | 'updateContainerResources'>
  readonly starter: ContainerStarter
  readonly killer: ContainerKiller
  readonly backoff: Backoff
  readonly failures: StartFailures
  readonly recorder: EventRecorder
  readonly logger: Logger
  readonly sandboxConfig: (pod: Pod, attempt: number) => PodSandboxConfig
  readonly runtimeHandler: (pod: Pod) => Promise<string>
  readonly clusterDomain: string
  readonly hostIPs: readonly string[]
  /** Looks at the pod again after something was done to it. */
  readonly refresh: (uid: string) => Promise<RuntimePod>
  readonly pullRetryMs: (pod: Pod, container: Container) => number
}

export interface ExecuteInput {
  readonly pod: Pod
  readonly runtimePod: RuntimePod
  readonly actions: PodActions
  readonly volumes: MountedVolumes
}

export interface Executed {
  /** When to try again what is waiting for a back-off. */
  readonly retryAfterMs?: number
}

/** Failures that a plain retry may cure: upstream's workers come back after about a minute with jitter; images and configuration sooner. */
const retryMs = 10_000

export class Executor {
  readonly #options: ExecutorOptions

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  /** @throws when the sandbox cannot be made or something cannot be killed; containers that do not start are only waiting */
  async execute({ pod, runtimePod, actions, volumes }: ExecuteInput, signal: AbortSignal): Promise<Executed> {
    const { killer, refresh, hostIPs } = this.#options
    const { uid } = pod.metadata
    let current = runtimePod
    if (actions.killPod) {
      if (actions.createSandbox && actions.sandboxId)
        this.#options.recorder.event(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')
      await killer.killPod(pod, current, {}, signal)
      current = await refresh(uid)
      if (!actions.createSandbox) return {}
    }
    for (const kill of actions.kill) {
      const container = current.containers.find((c) => c.id === kill.id)
      if (container) await killer.kill(pod, container, current, { reason: kill.reason, message: kill.message }, signal)
    }
    const sandboxConfig = this.#options.sandboxConfig(pod, actions.attempt)
    const sandboxId = actions.createSandbox ? await this.#runSandbox(pod, sandboxConfig, signal) : actions.sandboxId
    if (actions.createSandbox || actions.kill.length > 0) current = await refresh(uid)
    const ips = pod.spec.hostNetwork ? hostIPs : podIPs(current)
    const context: PodContext = {
      pod,
      sandboxId,
      sandboxConfig,
      addresses: { podIPs: ips, hostIPs },
      names: podNames(pod, this.#options.clusterDomain),
      volumes,
    }
    for (const name of actions.resize) await this.#resize(pod, name, current, signal)
    return this.#startAll(context, actions, current, signal)
  }

  async #runSandbox(pod: Pod, config: PodSandboxConfig, signal: AbortSignal): Promise<string> {
    const { runtime, recorder, runtimeHandler } = this.#options
    try {
      const { podSandboxId } = await runtime.runPodSandbox({ config, runtimeHandler: await runtimeHandler(pod) }, { signal })
      return podSandboxId!
    } catch (error) {
      signal.throwIfAborted()
      recorder.event(pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${messageOf(error)}`)
      throw error
    }
  }

  async #startAll(context: PodContext, actions: PodActions, current: RuntimePod, signal: AbortSignal): Promise<Executed> {
    const { spec } = context.pod
    const groups: [readonly string[], readonly Container[]][] = [
      [actions.startEphemeral, spec.ephemeralContainers ?? []],
      [actions.startInit, spec.initContainers ?? []],
      [actions.start, spec.containers],
    ]
    const waits: number[] = []
    for (const [names, specs] of groups) {
      for (const container of specs.filter((c) => names.includes(c.name))) {
        signal.throwIfAborted()
        const waitMs = await this.#start(context, container, current, signal)
        if (waitMs === undefined) continue
        waits.push(waitMs)
        // A later init container must not overtake one that could not start.
        if (specs === spec.initContainers) return { retryAfterMs: Math.min(...waits) }
      }
    }
    return waits.length > 0 ? { retryAfterMs: Math.min(...waits) } : {}
  }

  /** @returns when to try again; undefined when it was started */
  async #start(context: PodContext, container: Container, current: RuntimePod, signal: AbortSignal): Promise<number | undefined> {
    const { starter, failures, logger, pullRetryMs } = this.#options
    const { pod } = context
    const { uid } = pod.metadata
    const waitMs = this.#crashWaitMs(pod, container, current)
    if (waitMs > 0) return waitMs
    const latest = latestContainer(current, container.name)
    const known = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((s) => s.name === container.name)
    const restartCount = latest ? latest.restartCount + 1 : known?.containerID ? known.restartCount + 1 : 0
    const target = (pod.spec.ephemeralContainers ?? []).find((c) => c.name === container.name)?.targetContainerName
    const targetId = target ? latestContainer(current, target)?.id : undefined
    try {
      await starter.start(context, { container, restartCount, targetId }, signal)
      failures.clear(uid, container.name)
      return undefined
    } catch (error) {
      signal.throwIfAborted()
      const { reason, message } = error instanceof StartError ? error : new StartError('StartError', messageOf(error))
      failures.set(uid, container.name, { reason, message })
      logger.error('Could not start container', error, { pod: pod.metadata.name, namespace: pod.metadata.namespace, container: container.name, reason })
      return Math.max(pullRetryMs(pod, container), reason === 'RunContainerError' || reason === 'PostStartHookError' ? 1 : retryMs)
    }
  }

  /** How long a crashed container still has to wait; notes the retry otherwise. */
  #crashWaitMs(pod: Pod, container: Container, current: RuntimePod): number {
    const { backoff, failures, recorder } = this.#options
    const { name, namespace, uid } = pod.metadata
    const ended = current.containers.find((c) => c.name === container.name && c.state === 'exited')
    if (!ended) return 0
    const key = `${name}_${namespace}_${uid}_${container.name}_${containerHash(container)}`
    const waitMs = backoff.remainingMs(key, ended.finishedAtMs)
    if (waitMs === 0) {
      backoff.next(key, ended.finishedAtMs)
      return 0
    }
    const full = `${name}_${namespace}(${uid})`
    recorder.event(about(pod, container), 'Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${full}`)
    const message = `back-off ${formatDuration(backoff.delayMs(key))} restarting failed container=${container.name} pod=${full}`
    failures.set(uid, container.name, { reason: 'CrashLoopBackOff', message })
    return waitMs
  }

  async #resize(pod: Pod, name: string, current: RuntimePod, signal: AbortSignal): Promise<void> {
    const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c) => c.name === name)
    const running = latestContainer(current, name)
    if (!container || !running) return
    await this.#options.runtime.updateContainerResources({ containerId: running.id, linux: linuxResources(container.resources ?? {}) }, { signal })
  }
}
