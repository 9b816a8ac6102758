// Requests under upstream's names. Labels come from closed sets only: what a client invents never becomes one.
// Source: k8s.io/apiserver pkg/endpoints/metrics/metrics.go.
import type { CounterCell, HistogramCell, MetricsRegistry } from '../../component-base/metrics/registry.ts'
import { deprecatedResources, resourceId } from '../endpoints/deprecated.ts'
import { getOrMake } from '../../util/get-or-make.ts'
import type { RequestInfo } from '../http/api-request.ts'
import type { InFlight } from '../http/filters/max-in-flight.ts'
import type { ObservedRequest, RequestObserver } from '../http/filters/observe-request.ts'

export interface RequestMetricsOptions {
  /** Whether a group, version and resource exist; the labels of others stay empty. */
  readonly isServed: (info: RequestInfo) => boolean
  readonly inFlight: () => InFlight
  /** Requests under way that may go on for ever. */
  readonly longRunning: () => Iterable<Pick<ObservedRequest, 'method' | 'info' | 'dryRun'>>
}

/** Upstream's buckets of apiserver_request_duration_seconds, and of apiserver_response_sizes. */
const durationBuckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60]
const sizeBuckets = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
const scopeLabels = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const
const component = 'apiserver'
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** What requests of one kind are counted in: found once by its labels, then by a key that costs little to make. */
interface Series {
  readonly totals: Map<number, CounterCell>
  readonly totalOf: (status: number) => CounterCell
  readonly duration: HistogramCell | undefined
  readonly sizes: HistogramCell
}

export function newRequestMetrics(registry: MetricsRegistry, { isServed, inFlight, longRunning }: RequestMetricsOptions): RequestObserver {
  const total = registry.counter('apiserver_request_total', 'Requests by verb, resource and HTTP response code.', [...scopeLabels, 'dry_run', 'code'])
  const duration = registry.histogram(
    'apiserver_request_duration_seconds',
    'Time from the arrival of a request to its response headers, in seconds.',
    durationBuckets,
    [...scopeLabels, 'dry_run'],
  )
  const sizes = registry.histogram('apiserver_response_sizes', 'Sizes of answers, in bytes; those of streams are not known.', sizeBuckets, scopeLabels)
  registry.gaugeFrom('apiserver_current_inflight_requests', 'Requests under way, by kind.', () => {
    const { readOnly, mutating } = inFlight()
    return [
      [{ request_kind: 'readOnly' }, readOnly],
      [{ request_kind: 'mutating' }, mutating],
    ]
  })
  registry.gaugeFrom('apiserver_longrunning_requests', 'Requests under way that may go on for ever: watches, logs, connections.', () => {
    const counts = new Map<string, number>()
    for (const request of longRunning()) {
      const key = JSON.stringify(labelsOf(request, isServed(request.info)))
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return [...counts].map(([key, count]) => {
      const values = JSON.parse(key) as readonly string[]
      return [Object.fromEntries(scopeLabels.map((name, i) => [name, values[i]!])), count]
    })
  })
  const deprecated = registry.gauge('apiserver_requested_deprecated_apis', 'Deprecated resources that have been asked for.', [
    'group',
    'version',
    'resource',
    'subresource',
    'removed_release',
  ])
  const known = new Map<string, Series>()

  function seriesOf(request: ObservedRequest, key: string): Series {
    const { info, dryRun } = request
    const served = isServed(info)
    const labels = labelsOf(request, served)
    const dry = dryRun ? 'All' : ''
    const { apiGroup, apiVersion, resource, subresource } = info
    if (served && deprecatedResources.has(resourceId(info))) deprecated.of(apiGroup, apiVersion, resource, subresource, '').value = 1
    const series = {
      totals: new Map<number, CounterCell>(),
      totalOf: (status: number) => total.of(...labels, dry, String(status)),
      duration: info.verb === 'watch' ? undefined : duration.of(...labels, dry),
      sizes: sizes.of(...labels),
    }
    if (served || !info.isResourceRequest) known.set(key, series)
    return series
  }

  return (request) => {
    const { method, info, dryRun, status, seconds, bytes } = request
    const { apiGroup, apiVersion, resource, subresource, namespace, name, verb } = info
    const key = info.isResourceRequest
      ? `${method} ${verb} ${apiGroup}/${apiVersion}/${resource}/${subresource}${name ? ' n' : namespace ? ' s' : ' c'}${dryRun ? 'd' : ''}${request.isApply ? 'a' : ''}`
      : methods.has(method)
        ? method
        : 'OTHER'
    const series = known.get(key) ?? seriesOf(request, key)
    getOrMake(series.totals, status, () => series.totalOf(status)).inc()
    series.duration?.observe(seconds)
    if (bytes !== undefined) series.sizes.observe(bytes)
  }
}

function labelsOf({ method, info, isApply }: Pick<ObservedRequest, 'method' | 'info'> & { readonly isApply?: boolean }, served: boolean): readonly string[] {
  const { verb, apiGroup, apiVersion, resource, subresource, namespace, name } = info
  if (!info.isResourceRequest || !served) return [methods.has(method) ? method : 'OTHER', '', '', '', '', '', component]
  const scope = name ? 'resource' : namespace ? 'namespace' : 'cluster'
  return [reportedVerb(method, verb, isApply ?? false), apiGroup, apiVersion, resource, subresource, scope, component]
}

/** Methods in upper case, but what GET and DELETE mean for collections, and what PATCH means for appliers. */
function reportedVerb(method: string, verb: string, isApply: boolean): string {
  if (verb === 'list' || verb === 'watch' || verb === 'deletecollection') return verb.toUpperCase()
  if (isApply) return 'APPLY'
  return methods.has(method) ? method : 'OTHER'
}
