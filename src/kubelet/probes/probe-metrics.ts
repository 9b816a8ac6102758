// Results of probes. Source: pkg/kubelet/prober/prober_manager.go, worker.go (ProberResults).
import { type Counter, MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { ProbeKind } from './probe-worker.ts'
import type { ProbeOutcome } from './probe-result.ts'

/** Whose probes are counted. */
export interface Probed {
  readonly pod: string
  readonly namespace: string
  readonly uid: string
  readonly container: string
  readonly kind: ProbeKind
}

const results = ['successful', 'failed', 'unknown'] as const
const types = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' } as const

/** One series a probe and result, for as long as the probe runs. */
export class ProbeMetrics {
  readonly #total: Counter

  constructor(registry: MetricsRegistry = new MetricsRegistry()) {
    this.#total = registry.counter('prober_probe_total', 'Results of liveness, readiness and startup probes.', [
      'probe_type',
      'result',
      'container',
      'pod',
      'namespace',
      'pod_uid',
    ])
  }

  /** @param outcome undefined: the probe could not be run */
  count(probed: Probed, outcome: ProbeOutcome | undefined): void {
    const result = outcome === undefined ? 'unknown' : outcome.ok ? 'successful' : 'failed'
    this.#total.of(...labels(probed, result)).inc()
  }

  forget(probed: Probed): void {
    for (const result of results) this.#total.delete(...labels(probed, result))
  }
}

const labels = ({ pod, namespace, uid, container, kind }: Probed, result: (typeof results)[number]) =>
  [types[kind], result, container, pod, namespace, uid] as const
