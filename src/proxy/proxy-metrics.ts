// What kube-proxy tells of its syncs. Source: pkg/proxy/metrics/metrics.go.
import { exponentialBuckets, MetricsRegistry } from '../component-base/metrics/registry.ts'
import type { Clock } from '../util/clock.ts'

/** Upstream's: 1 ms to 16 s. */
const syncBuckets = exponentialBuckets(0.001, 2, 15)

export class ProxyMetrics {
  readonly #clock: Clock
  readonly #family: string
  readonly #durations
  readonly #full
  readonly #partial
  readonly #last
  readonly #queued
  readonly #failures

  constructor(clock: Clock, family: 'ipv4' | 'ipv6', registry: MetricsRegistry = new MetricsRegistry()) {
    const labels = ['ip_family']
    this.#clock = clock
    this.#family = family === 'ipv4' ? 'IPv4' : 'IPv6'
    this.#durations = registry.histogram('kubeproxy_sync_proxy_rules_duration_seconds', 'How long a sync of the rules took, in seconds.', syncBuckets, labels)
    this.#full = registry.histogram('kubeproxy_sync_full_proxy_rules_duration_seconds', 'How long a sync of all rules took, in seconds.', syncBuckets, labels)
    this.#partial = registry.histogram(
      'kubeproxy_sync_partial_proxy_rules_duration_seconds',
      'How long a sync of the rules that differ took, in seconds.',
      syncBuckets,
      labels,
    )
    this.#last = registry.gauge('kubeproxy_sync_proxy_rules_last_timestamp_seconds', 'When rules were last synced, in seconds since the epoch.', labels)
    this.#queued = registry.gauge(
      'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds',
      'When a sync was last asked for, in seconds since the epoch.',
      labels,
    )
    this.#failures = registry.counter('kubeproxy_sync_proxy_rules_nftables_sync_failures_total', 'Syncs of nftables rules that failed.', labels)
  }

  queued(): void {
    this.#queued.of(this.#family).value = this.#clock.now() / 1000
  }

  failed(): void {
    this.#failures.of(this.#family).inc()
  }

  synced(seconds: number, { full }: { readonly full: boolean }): void {
    this.#durations.of(this.#family).observe(seconds)
    const kind = full ? this.#full : this.#partial
    kind.of(this.#family).observe(seconds)
    this.#last.of(this.#family).value = this.#clock.now() / 1000
  }
}
