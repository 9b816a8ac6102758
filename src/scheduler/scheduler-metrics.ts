// What the scheduler tells of its work. Source: pkg/scheduler/metrics/metrics.go (the stable and beta ones).
import { exponentialBuckets, MetricsRegistry } from '../component-base/metrics/registry.ts'
import type { Clock } from '../util/clock.ts'

export type AttemptResult = 'scheduled' | 'unschedulable' | 'error'
export type ExtensionPoint = 'PreFilter' | 'Filter' | 'Score' | 'Bind'
type Waiting = Readonly<Record<'active' | 'backoff' | 'unschedulable' | 'gated', number>>

export class SchedulerMetrics {
  readonly #clock: Clock
  readonly #profile: string
  readonly #attempts
  readonly #attemptSeconds
  readonly #podAttempts
  readonly #podSeconds
  readonly #preemptions
  readonly #victims
  readonly #incoming
  readonly #extensionPoints

  /** @param waiting how many pods are where */
  constructor(profile: string, clock: Clock, waiting: () => Waiting, registry: MetricsRegistry = new MetricsRegistry()) {
    this.#clock = clock
    this.#profile = profile
    this.#extensionPoints = registry.histogram(
      'scheduler_framework_extension_point_duration_seconds',
      'How long all plugins of an extension point took, in seconds.',
      exponentialBuckets(0.0001, 2, 12),
      ['extension_point', 'profile', 'status'],
    )
    registry.gaugeFrom('scheduler_pending_pods', 'Pods that wait for a node, by where they wait.', () =>
      Object.entries(waiting()).map(([queue, n]) => [{ queue }, n]),
    )
    this.#podAttempts = registry.histogram('scheduler_pod_scheduling_attempts', 'Attempts that pods took which got a node.', [1, 2, 4, 8, 16])
    this.#podSeconds = registry.histogram(
      'scheduler_pod_scheduling_sli_duration_seconds',
      'From the queue to a node, over all attempts, in seconds.',
      exponentialBuckets(0.01, 2, 20),
      ['attempts'],
    )
    this.#preemptions = registry.counter('scheduler_preemption_attempts_total', 'Attempts to make room by evicting pods.')
    this.#victims = registry.histogram('scheduler_preemption_victims', 'Pods that were chosen to be evicted.', exponentialBuckets(1, 2, 7))
    this.#incoming = registry.counter('scheduler_queue_incoming_pods_total', 'Pods that came into a queue, by what brought them there.', ['event', 'queue'])
    this.#attempts = registry.counter('scheduler_schedule_attempts_total', 'Attempts to find a node, by their result.', ['profile', 'result'])
    this.#attemptSeconds = registry.histogram(
      'scheduler_scheduling_attempt_duration_seconds',
      'How long attempts took, from taking the pod to its binding, in seconds.',
      exponentialBuckets(0.001, 2, 15),
      ['profile', 'result'],
    )
  }

  now(): number {
    return this.#clock.monotonic()
  }

  attempted(result: AttemptResult, startedMs: number): void {
    this.#attempts.of(this.#profile, result).inc()
    this.#attemptSeconds.of(this.#profile, result).observe((this.now() - startedMs) / 1000)
  }

  /** @param queuedAtMs by the wall clock */
  scheduled(attempts: number, queuedAtMs: number): void {
    this.#podAttempts.of().observe(attempts)
    this.#podSeconds.of(attempts >= 15 ? '15+' : String(attempts)).observe(Math.max(0, this.#clock.now() - queuedAtMs) / 1000)
  }

  preempted(victims: number): void {
    this.#preemptions.of().inc()
    if (victims > 0) this.#victims.of().observe(victims)
  }

  incoming(event: string, queue: 'active' | 'backoff' | 'unschedulable'): void {
    this.#incoming.of(event, queue).inc()
  }

  ran(point: ExtensionPoint, startedMs: number, succeeded: boolean): void {
    this.#extensionPoints.of(point, this.#profile, succeeded ? 'Success' : 'Unschedulable').observe((this.now() - startedMs) / 1000)
  }
}
