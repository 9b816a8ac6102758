// Stops containers gracefully: preStop, the stop signal, the rest of the grace period, SIGKILL.
// Source: Kubernetes 1.36 pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer, killContainersWithSyncResult).

import type { Container, Pod } from '../../api/core/v1.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import { isNotFound } from '../../cri/errors.ts'
import type { Clock } from '../../util/clock.ts'
import { runHook } from '../hooks/run-hook.ts'
import { about } from '../probes/probe-worker.ts'
import { messageOf } from '../runtime/start-errors.ts'
import { podIPs, type RuntimeContainer, type RuntimePod, runningContainers } from '../runtime/runtime-pod.ts'
import type { KillReason } from './plan.ts'
import { isSidecar } from './restart-policy.ts'

export interface ContainerKillerOptions {
  readonly runtime: Pick<RuntimeClient, 'stopContainer' | 'stopPodSandbox' | 'execSync'>
  readonly recorder: EventRecorder
  readonly clock: Clock
  readonly logger: Logger
  readonly version: string
  readonly hostIP: string
}

export interface KillOrder {
  readonly reason?: KillReason
  /** Replaces the pod's own grace period. */
  readonly graceSeconds?: number | undefined
  readonly message?: string
}

/** What is left for the stop signal after a preStop that used up the grace period. */
const graceSecondsMin = 2
/** A runtime that does not answer within the grace period and this long after it is asked again. */
const stopSlackMs = 120_000

export class ContainerKiller {
  readonly #options: ContainerKillerOptions

  constructor(options: ContainerKillerOptions) {
    this.#options = options
  }

  /** @param pod undefined for a pod whose object is gone: then what was written on the container counts */
  async kill(pod: Pod | undefined, container: RuntimeContainer, runtimePod: RuntimePod, order: KillOrder, signal: AbortSignal): Promise<void> {
    const { runtime, recorder, clock, logger } = this.#options
    const spec = pod && specOf(pod, container.name)
    let graceSeconds = order.graceSeconds ?? graceOf(pod, spec, container, order.reason)
    if (pod && spec) recorder.event(about(pod, spec), 'Normal', 'Killing', order.message ?? `Stopping container ${container.name}`)
    logger.info('Killing container with a grace period', { pod: runtimePod.name, container: container.name, graceSeconds })
    if (pod && spec?.lifecycle?.preStop && graceSeconds > 0 && container.state === 'running') {
      const startedAtMs = clock.monotonic()
      await this.#preStop(pod, spec, container, { runtimePod, graceSeconds }, signal)
      graceSeconds = Math.max(graceSecondsMin, graceSeconds - Math.floor((clock.monotonic() - startedAtMs) / 1000))
    }
    try {
      await runtime.stopContainer({ containerId: container.id, timeout: graceSeconds }, { signal, timeoutMs: graceSeconds * 1000 + stopSlackMs })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  /** Everything of a pod: regular containers together, then sidecars from the last to the first, then the sandboxes. */
  async killPod(pod: Pod | undefined, runtimePod: RuntimePod, order: KillOrder, signal: AbortSignal): Promise<void> {
    const { clock, runtime } = this.#options
    const sidecars = (pod?.spec.initContainers ?? []).filter(isSidecar).map((c) => c.name)
    const running = runningContainers(runtimePod)
    const startedAtMs = clock.monotonic()
    await Promise.all(running.filter((c) => !sidecars.includes(c.name)).map((c) => this.kill(pod, c, runtimePod, order, signal)))
    for (const name of sidecars.toReversed()) {
      const sidecar = running.find((c) => c.name === name)
      if (!sidecar) continue
      const spent = Math.floor((clock.monotonic() - startedAtMs) / 1000)
      const graceSeconds = (order.graceSeconds ?? graceOf(pod, undefined, sidecar, undefined)) - spent
      await this.kill(pod, sidecar, runtimePod, { ...order, graceSeconds: Math.max(graceSeconds, order.graceSeconds === 0 ? 0 : graceSecondsMin) }, signal)
    }
    for (const { id, ready } of runtimePod.sandboxes) {
      if (!ready && runtimePod.sandboxes.length > 1 && running.length === 0) continue
      await runtime.stopPodSandbox({ podSandboxId: id }, { signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
    }
  }

  async #preStop(
    pod: Pod,
    spec: Container,
    { id }: RuntimeContainer,
    { runtimePod, graceSeconds }: { readonly runtimePod: RuntimePod; readonly graceSeconds: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { runtime, clock, recorder, version, hostIP } = this.#options
    const timeUp = new AbortController()
    const timer = clock.after(graceSeconds * 1000, () => timeUp.abort(new Error('grace period ended')))
    try {
      const context = { runtime, clock, container: spec, containerId: id, podIP: podIPs(runtimePod)[0] ?? hostIP, version }
      await runHook(spec.lifecycle!.preStop!, context, AbortSignal.any([signal, timeUp.signal]))
    } catch (error) {
      signal.throwIfAborted()
      const message = timeUp.signal.aborted ? 'PreStopHook not completed in grace period' : 'PreStopHook failed'
      recorder.event(about(pod, spec), 'Warning', 'FailedPreStopHook', message)
      this.#options.logger.warn(message, { pod: pod.metadata.name, container: spec.name, error: messageOf(error) })
    } finally {
      timer.cancel()
    }
  }
}

function specOf({ spec }: Pod, name: string): Container | undefined {
  return [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].find((c) => c.name === name)
}

function graceOf(pod: Pod | undefined, spec: Container | undefined, container: RuntimeContainer, reason: KillReason | undefined): number {
  if (pod?.metadata.deletionGracePeriodSeconds !== undefined) return pod.metadata.deletionGracePeriodSeconds
  const probe = reason === 'StartupProbe' ? spec?.startupProbe : reason === 'LivenessProbe' ? spec?.livenessProbe : undefined
  return probe?.terminationGracePeriodSeconds ?? pod?.spec.terminationGracePeriodSeconds ?? container.gracePeriodSeconds ?? 30
}
