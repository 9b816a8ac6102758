// Events that watching clients were sent. Source: k8s.io/apiserver pkg/endpoints/metrics/metrics.go (WatchEvents, WatchEventsSizes).
import { type CounterCell, exponentialBuckets, type HistogramCell, type MetricsRegistry } from '../../component-base/metrics/registry.ts'

/** What the events of one watch are counted in. */
export interface WatchCells {
  readonly events: CounterCell
  readonly sizes: HistogramCell
}

/** Asked once a watch. */
export type WatchObserver = (resource: { readonly group: string; readonly version: string; readonly plural: string }) => WatchCells

export function newWatchMetrics(registry: MetricsRegistry): WatchObserver {
  const labels = ['group', 'version', 'resource']
  const events = registry.counter('apiserver_watch_events_total', 'Events sent to watching clients.', labels)
  const sizes = registry.histogram(
    'apiserver_watch_events_sizes',
    'Sizes of events sent to watching clients, in bytes.',
    exponentialBuckets(1024, 2, 8),
    labels,
  )
  return ({ group, version, plural }) => ({ events: events.of(group, version, plural), sizes: sizes.of(group, version, plural) })
}
