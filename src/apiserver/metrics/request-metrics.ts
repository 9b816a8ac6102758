// Counters of requests under upstream's names. Labels come from closed sets only: what a client invents never becomes one.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { RequestInfo } from '../http/api-request.ts'
import type { InFlight } from '../http/filters/max-in-flight.ts'
import type { RequestObserver } from '../http/filters/observe-request.ts'

export interface RequestMetrics {
  readonly observe: RequestObserver
  /** Text exposition format. */
  text(): Promise<string>
  readonly contentType: string
}

export interface RequestMetricsOptions {
  /** Whether a group, version and resource exist; the labels of others stay empty. */
  readonly isServed: (info: RequestInfo) => boolean
  readonly inFlight: () => InFlight
}

/** Upstream's buckets of apiserver_request_duration_seconds. */
const durationBuckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60]
const scopeLabels = ['verb', 'group', 'version', 'resource', 'subresource', 'scope'] as const
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function newRequestMetrics({ isServed, inFlight }: RequestMetricsOptions): RequestMetrics {
  const registry = new Registry()
  const total = new Counter({
    name: 'apiserver_request_total',
    help: 'Requests by verb, resource and HTTP response code.',
    labelNames: [...scopeLabels, 'code'],
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'Time from the arrival of a request to its response headers, in seconds.',
    labelNames: scopeLabels,
    buckets: durationBuckets,
    registers: [registry],
  })
  void new Gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Requests under way, by kind.',
    labelNames: ['request_kind'],
    registers: [registry],
    collect() {
      const { readOnly, mutating } = inFlight()
      this.set({ request_kind: 'readOnly' }, readOnly)
      this.set({ request_kind: 'mutating' }, mutating)
    },
  })
  void new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory in bytes.',
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observe(method, info, status, seconds) {
      const labels = labelsOf(method, info, isServed(info))
      total.inc({ ...labels, code: status })
      if (info.verb !== 'watch') duration.observe(labels, seconds)
    },
  }
}

function labelsOf(method: string, info: RequestInfo, served: boolean) {
  const { verb, apiGroup, apiVersion, resource, subresource, namespace, name } = info
  if (!info.isResourceRequest || !served)
    return { verb: methods.has(method) ? method : 'OTHER', group: '', version: '', resource: '', subresource: '', scope: '' }
  return {
    verb: reportedVerb(method, verb),
    group: apiGroup,
    version: apiVersion,
    resource,
    subresource,
    scope: name ? 'resource' : namespace ? 'namespace' : 'cluster',
  }
}

/** Methods in upper case, but what GET and DELETE mean for collections. */
function reportedVerb(method: string, verb: string): string {
  if (verb === 'list' || verb === 'watch' || verb === 'deletecollection') return verb.toUpperCase()
  return methods.has(method) ? method : 'OTHER'
}
