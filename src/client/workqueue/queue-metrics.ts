// What workqueues tell of themselves. Source: client-go util/workqueue/metrics.go, k8s.io/component-base metrics/prometheus/workqueue.
import { type CounterCell, exponentialBuckets, type HistogramCell, type MetricsRegistry } from '../../component-base/metrics/registry.ts'

/** Of one queue. */
export interface QueueMetrics {
  readonly adds: CounterCell
  readonly retries: CounterCell
  /** From being queued to being taken, in seconds. */
  readonly queueSeconds: HistogramCell
  /** From being taken to being done, in seconds. */
  readonly workSeconds: HistogramCell
  /** Calls back for what is known only when it is asked for. */
  watch(queue: { readonly length: number; unfinishedSeconds(): { readonly sum: number; readonly longest: number } }): void
}

/** Upstream's: 10 ns to 1000 s. */
const buckets = exponentialBuckets(1e-8, 10, 12)

/** @returns the metrics of the queue with a name */
export function addWorkqueueMetrics(registry: MetricsRegistry): (name: string) => QueueMetrics {
  const queues = new Map<string, Parameters<QueueMetrics['watch']>[0]>()
  const each = (value: (queue: Parameters<QueueMetrics['watch']>[0]) => number) => () => [...queues].map(([name, queue]) => [{ name }, value(queue)] as const)
  registry.gaugeFrom(
    'workqueue_depth',
    'Keys that wait for a worker.',
    each((queue) => queue.length),
  )
  const adds = registry.counter('workqueue_adds_total', 'Keys that were queued.', ['name'])
  const queueSeconds = registry.histogram('workqueue_queue_duration_seconds', 'How long keys waited before a worker took them, in seconds.', buckets, ['name'])
  const workSeconds = registry.histogram('workqueue_work_duration_seconds', 'How long a worker took for a key, in seconds.', buckets, ['name'])
  registry.gaugeFrom(
    'workqueue_unfinished_work_seconds',
    'Time spent so far on keys that are being worked on, in seconds.',
    each((queue) => queue.unfinishedSeconds().sum),
  )
  registry.gaugeFrom(
    'workqueue_longest_running_processor_seconds',
    'Time spent so far on the key that takes longest, in seconds.',
    each((queue) => queue.unfinishedSeconds().longest),
  )
  const retries = registry.counter('workqueue_retries_total', 'Keys that were queued again after a failure.', ['name'])
  return (name) => ({
    adds: adds.of(name),
    retries: retries.of(name),
    queueSeconds: queueSeconds.of(name),
    workSeconds: workSeconds.of(name),
    watch: (queue) => void queues.set(name, queue),
  })
}
