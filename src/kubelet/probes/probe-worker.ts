// One worker per container and probe. Source: Kubernetes 1.36 pkg/kubelet/prober/worker.go.

import type { Container, Pod, Probe } from '../../api/core/v1.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import { podIPs, type RuntimeContainer, type RuntimePod } from '../runtime/runtime-pod.ts'
import type { ProbeRunner } from './probe-runner.ts'

export type ProbeKind = 'startup' | 'liveness' | 'readiness'
export type Result = 'success' | 'failure'

export interface ProbeWorkerOptions {
  readonly kind: ProbeKind
  readonly pod: Pod
  readonly container: Container
  readonly probe: Probe
  readonly runtimePod: () => RuntimePod
  readonly hostIP: string
  readonly run: ProbeRunner
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly logger: Logger
  /** Startup has passed, or there is nothing to pass. */
  readonly started: (container: RuntimeContainer) => boolean
  /** Liveness and startup: assumed well until shown otherwise. Readiness: not ready until shown. Told on each change. */
  readonly report: (containerId: string, result: Result | undefined) => void
}

const initial = { startup: undefined, liveness: 'success', readiness: 'failure' } as const

export class ProbeWorker {
  readonly #options: ProbeWorkerOptions
  #containerId = ''
  #last: Result | undefined
  /** Equal results in a row. */
  #run = 0
  /** After a failure that kills the container: waits for the next instance. */
  #onHold = false
  #wake: (() => void) | undefined

  constructor(options: ProbeWorkerOptions) {
    this.#options = options
  }

  /** Probes at once instead of at the next period: another probe has just made way. */
  trigger(): void {
    this.#wake?.()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, probe, logger, kind, container } = this.#options
    const periodMs = (probe.periodSeconds ?? 10) * 1000
    while (!signal.aborted) {
      const waitMs = await this.#step(signal).catch((error: unknown) => {
        if (!signal.aborted) logger.error('Probe could not be run', error, { kind, container: container.name })
        return undefined
      })
      const woken = Promise.withResolvers<void>()
      this.#wake = woken.resolve
      await Promise.race([clock.sleep(Math.min(waitMs ?? periodMs, periodMs), signal).catch(() => {}), woken.promise])
    }
  }

  /** @returns when to look again, if sooner than the period */
  async #step(signal: AbortSignal): Promise<number | undefined> {
    const { container, runtimePod, probe, clock, kind, started } = this.#options
    const pod = runtimePod()
    const current = pod.containers.find((c) => c.name === container.name)
    // It comes soon: the pod was only just accepted.
    if (!current) return 1_000
    if (current.id !== this.#containerId) this.#begin(current.id)
    if (this.#onHold) return 1_000
    // About to be started: nothing has failed, and what is said now would be held against it once it runs.
    if (current.state === 'created') return 1_000
    if (current.state !== 'running') {
      this.#set('failure')
      return 1_000
    }
    const waitMs = current.startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000 - clock.now()
    if (waitMs > 0) return waitMs
    if (started(current) === (kind === 'startup')) return undefined
    await this.#probe(current, podIPs(pod)[0] ?? this.#options.hostIP, signal)
    return undefined
  }

  #begin(containerId: string): void {
    if (this.#containerId) this.#options.report(this.#containerId, undefined)
    this.#containerId = containerId
    this.#last = undefined
    this.#run = 0
    this.#onHold = false
    this.#options.report(containerId, initial[this.#options.kind])
  }

  async #probe(current: RuntimeContainer, podIP: string, signal: AbortSignal): Promise<void> {
    const { pod, container, probe, kind, run, recorder } = this.#options
    const outcome = await run(probe, { pod, container, containerId: current.id, podIP }, signal)
    if (signal.aborted || this.#containerId !== current.id) return
    const result: Result = outcome.ok ? 'success' : 'failure'
    if (!outcome.ok) recorder.event(about(pod, container), 'Warning', 'Unhealthy', `${title(kind)} probe failed: ${outcome.output}`)
    this.#run = result === this.#last ? this.#run + 1 : 1
    this.#last = result
    const threshold = outcome.ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3)
    if (this.#run < threshold) return
    this.#set(result)
    if (result === 'failure' && kind !== 'readiness') {
      this.#onHold = true
      this.#run = 0
    }
  }

  #set(result: Result): void {
    this.#options.report(this.#containerId, result)
  }
}

const title = (kind: ProbeKind) => kind[0]!.toUpperCase() + kind.slice(1)

/** Events about a container name it in their field path. */
export function about({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion }, spec }: Pod, container: Container) {
  const list = spec.initContainers?.includes(container) ? 'initContainers' : spec.containers.includes(container) ? 'containers' : 'ephemeralContainers'
  return { apiVersion, kind, name, namespace, uid, resourceVersion, fieldPath: `spec.${list}{${container.name}}` }
}
