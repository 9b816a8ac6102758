import { expect, test } from 'vitest'
import { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import { isServed } from '../composition/paths.ts'
import { parseRequestInfo } from '../http/request-info.ts'
import { newRequestMetrics } from './request-metrics.ts'

const infoOf = (method: string, target: string) => {
  const [path = '', search = ''] = target.split('?')
  return parseRequestInfo(method, path, new URLSearchParams(search))
}

function observe(...lines: readonly string[]): string {
  const registry = new MetricsRegistry()
  const longRunning = () => [{ method: 'GET', info: infoOf('GET', '/api/v1/pods?watch=1'), dryRun: false }]
  const observer = newRequestMetrics(registry, { isServed, inFlight: () => ({ readOnly: 2, mutating: 1 }), longRunning })
  for (const line of lines) {
    const [method = '', target = ''] = line.split(' ')
    const info = infoOf(method, target)
    observer({ method, info, dryRun: target.includes('dryRun'), isApply: line.endsWith(' apply'), status: 200, seconds: 0.03, bytes: 500 })
  }
  return registry.text()
}

const pod = 'group="",version="v1",resource="pods",subresource=""'
for (const { lines, expected } of [
  {
    lines: ['GET /api/v1/namespaces/ns/pods/p', 'GET /api/v1/namespaces/other/pods/q'],
    expected: `{verb="GET",${pod},scope="resource",component="apiserver",dry_run="",code="200"} 2`,
  },
  { lines: ['GET /api/v1/namespaces/ns/pods'], expected: `{verb="LIST",${pod},scope="namespace",component="apiserver",dry_run="",code="200"} 1` },
  {
    lines: ['POST /api/v1/namespaces/ns/pods?dryRun=All'],
    expected: `{verb="POST",${pod},scope="namespace",component="apiserver",dry_run="All",code="200"} 1`,
  },
  { lines: ['PATCH /api/v1/namespaces/ns/pods/p apply'], expected: `{verb="APPLY",${pod},scope="resource",component="apiserver",dry_run="",code="200"} 1` },
  // What clients invent is no label.
  {
    lines: ['BREW /coffee', 'BREW /tea'],
    expected: '{verb="OTHER",group="",version="",resource="",subresource="",scope="",component="apiserver",dry_run="",code="200"} 2',
  },
  {
    lines: ['GET /apis/evil.example.com/v1/things', 'GET /api/v1/namespaces/ns/pods/p/invented'],
    expected: '{verb="GET",group="",version="",resource="",subresource="",scope="",component="apiserver",dry_run="",code="200"} 2',
  },
]) {
  test(lines.join(', '), () => expect(observe(...lines)).toContain(`apiserver_request_total${expected}`))
}

test('watches have no duration, and are counted while they last', () => {
  const text = observe('GET /api/v1/pods?watch=1')
  expect(text).not.toContain('apiserver_request_duration_seconds_count{verb="WATCH"')
  expect(text).toContain(`apiserver_longrunning_requests{verb="WATCH",${pod},scope="cluster",component="apiserver"} 1`)
  expect(text).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 2')
})

test('what is deprecated and asked for', () => {
  expect(observe('GET /api/v1/endpoints')).toContain(
    'apiserver_requested_deprecated_apis{group="",version="v1",resource="endpoints",subresource="",removed_release=""} 1',
  )
  expect(observe('GET /api/v1/pods')).not.toContain('apiserver_requested_deprecated_apis{')
})
