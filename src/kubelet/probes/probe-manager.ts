import type { Container, Pod } from '../../api/core/v1.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { RuntimeContainer, RuntimePod } from '../runtime/runtime-pod.ts'
import type { Readiness } from '../status/container-statuses.ts'
import type { ProbeVerdicts } from '../sync/plan.ts'
import { isSidecar } from '../sync/restart-policy.ts'
import type { Probed, ProbeMetrics } from './probe-metrics.ts'
import type { ProbeRunner } from './probe-runner.ts'
import { type ProbeKind, ProbeWorker, type Result } from './probe-worker.ts'

export interface ProbeManagerOptions {
  readonly run: ProbeRunner
  readonly runtimePod: (uid: string) => RuntimePod
  readonly hostIP: string
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly logger: Logger
  readonly metrics: ProbeMetrics
  /** A result changed: the pod wants to be synced. */
  readonly changed: (podUid: string) => void
}

interface Running {
  readonly kind: ProbeKind
  readonly worker: ProbeWorker
  readonly controller: AbortController
  readonly ended: Promise<void>
}

const kinds = ['startup', 'liveness', 'readiness'] as const
const probeOf = (container: Container, kind: ProbeKind) =>
  kind === 'startup' ? container.startupProbe : kind === 'liveness' ? container.livenessProbe : container.readinessProbe

/** The probe workers of all pods, and what they found. */
export class ProbeManager implements ProbeVerdicts {
  readonly #options: ProbeManagerOptions
  readonly #workers = new Map<string, Running[]>()
  readonly #results: Record<ProbeKind, Map<string, Result>> = { startup: new Map(), liveness: new Map(), readiness: new Map() }

  constructor(options: ProbeManagerOptions) {
    this.#options = options
  }

  liveness(containerId: string): Result | undefined {
    return this.#results.liveness.get(containerId)
  }

  startup(containerId: string): Result | undefined {
    return this.#results.startup.get(containerId)
  }

  readiness = (container: Container, { id, state }: RuntimeContainer): Readiness => {
    const started = state === 'running' && (!container.startupProbe || this.startup(id) === 'success')
    return { started, ready: started && (!container.readinessProbe || this.#results.readiness.get(id) === 'success') }
  }

  /** Starts the pod's probes; does nothing when they run. */
  add(pod: Pod): void {
    const { uid } = pod.metadata
    if (this.#workers.has(uid)) return
    const containers = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers]
    const workers = containers.flatMap((container) => kinds.flatMap((kind) => (probeOf(container, kind) ? [this.#start(pod, container, kind)] : [])))
    this.#workers.set(uid, workers)
  }

  /** A pod that is being deleted must not be restarted any more; it still reports whether it is ready. */
  stopLivenessAndStartup(podUid: string): void {
    for (const { kind, controller } of this.#workers.get(podUid) ?? []) if (kind !== 'readiness') controller.abort()
  }

  async remove(podUid: string): Promise<void> {
    const workers = this.#workers.get(podUid) ?? []
    this.#workers.delete(podUid)
    for (const { controller } of workers) controller.abort()
    await Promise.all(workers.map((w) => w.ended))
    for (const { id } of this.#options.runtimePod(podUid).containers) for (const kind of kinds) this.#results[kind].delete(id)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers.keys()].map((uid) => this.remove(uid)))
  }

  #start(pod: Pod, container: Container, kind: ProbeKind): Running {
    const { run, runtimePod, hostIP, clock, recorder, logger, changed, metrics } = this.#options
    const { uid } = pod.metadata
    const probed: Probed = { pod: pod.metadata.name, namespace: pod.metadata.namespace!, uid, container: container.name, kind }
    const counted: ProbeRunner = async (...asked) => {
      const outcome = await run(...asked).catch((error: unknown) => {
        metrics.count(probed, undefined)
        throw error
      })
      metrics.count(probed, outcome)
      return outcome
    }
    const controller = new AbortController()
    const worker = new ProbeWorker({
      kind,
      pod,
      container,
      probe: probeOf(container, kind)!,
      runtimePod: () => runtimePod(uid),
      hostIP,
      run: counted,
      clock,
      recorder,
      logger,
      started: (current) => !container.startupProbe || this.startup(current.id) === 'success',
      report: (containerId, result) => {
        const results = this.#results[kind]
        if (results.get(containerId) === result) return
        if (result === undefined) results.delete(containerId)
        else results.set(containerId, result)
        // The others were waiting for this one.
        if (kind === 'startup' && result === 'success') for (const w of this.#workers.get(uid) ?? []) w.worker.trigger()
        changed(uid)
      },
    })
    return { kind, worker, controller, ended: worker.run(controller.signal).finally(() => metrics.forget(probed)) }
  }
}
